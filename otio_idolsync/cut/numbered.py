"""Read the names that programs give to numbered pictures as a whole: ``%04d``, ``####`` and kin."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from pathlib import Path

from otio_idolsync.media.model import ImageSequence

_PATTERN = re.compile(
    r"%(?P<printf>0?\d{0,2})d"  # ffmpeg, OpenShot, Nuke, GStreamer
    r"|\{\w*:(?P<format>0?\d{1,2})d?\}"  # Python's, in many pipelines
    r"|\[(?P<first>\d{1,18})-(?P<last>\d{1,18})\]"  # Resolve, Final Cut
    r"|\[(?P<boxed>#+)\]"  # After Effects
    r"|(?P<hashes>#{2,}|@{2,})"  # Nuke, Blender, Hiero, RV
    r"|\$F(?P<houdini>\d{0,2})",
    re.ASCII,
)
_PRINTF_IN_URL = re.compile(r"%(?=0[1-9]d|d(?![0-9A-Fa-f]))")


@dataclass(frozen=True, slots=True)
class Numbered:
    """A name with a place for a number.

    Attributes:
        prefix: What stands before it.
        suffix: What stands behind it.
        padding: Its least number of digits; 1 where the name does not say.
        first: The first picture's number, where the name says it.
        last: The last one's.
    """

    prefix: str
    suffix: str
    padding: int
    first: int | None = None
    last: int | None = None


def numbered_in(name: str) -> Numbered | None:
    """Return what a file's name says of numbered pictures; None where it is one file's name.

    Of several places for a number the last one counts.
    """
    found = next(reversed(list(_PATTERN.finditer(name))), None)
    if found is None:
        return None
    said = found.groupdict()
    prefix, suffix = name[: found.start()], name[found.end() :]
    if said["first"]:
        first, last = int(said["first"]), int(said["last"])
        return Numbered(prefix, suffix, len(said["first"]), first, last) if last >= first else None
    places = said["hashes"] or said["boxed"]
    digits = said["printf"] or said["format"] or said["houdini"]
    padding = len(places) if places else int(digits or 1)
    return Numbered(prefix, suffix, max(1, padding))


def spared(url: str) -> str:
    """Return a URL that decodes to the ``%04d`` which its writer left as it was."""
    return _PRINTF_IN_URL.sub("%25", url)


def images_at(path: Path) -> ImageSequence | None:
    """Return the pictures on disk that a path with a place for a number names; None for none.

    They begin at the number that the name says, else at the lowest, and end before the first one
    that is missing.
    """
    names = numbered_in(path.name)
    if names is None:
        return None
    form = re.compile(rf"{re.escape(names.prefix)}(\d{{1,18}}){re.escape(names.suffix)}", re.ASCII)
    found = (form.fullmatch(name) for name in _names_in(path.parent))
    there = {int(one[1]) for one in found if one and _is_padded(one[1], names.padding)}
    if not there:
        return None
    first = min(there) if names.first is None else names.first
    if names.last is None:
        count = next(n for n in itertools.count() if first + n not in there)
    else:
        count = names.last - first + 1  # what is missing of those that the name says is missed
    return ImageSequence(path.parent, names.prefix, names.suffix, first, count, names.padding)


def _is_padded(number: str, padding: int) -> bool:
    return len(number) == max(padding, len(str(int(number))))


def _names_in(folder: Path) -> list[str]:
    try:
        return [file.name for file in folder.iterdir()]
    except OSError:
        return []
