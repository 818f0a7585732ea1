"""Find the shots in a folder: videos, stills and numbered image sequences, sub-folders as tags.

A file that cannot be read is named and skipped, also where its kind is not known here; what is
known to be something else (a song, a project file) is passed over.
"""

from __future__ import annotations

import itertools
import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from otio_idolsync.cut.remark import Remark, choices
from otio_idolsync.errors import MediaError
from otio_idolsync.library.kinds import Kind, kind_of, why_unreadable
from otio_idolsync.library.model import Source
from otio_idolsync.library.shots_toml import SHOTS_TOML, ShotRules, read_shots_toml
from otio_idolsync.media.model import ImageSequence, MediaInfo
from otio_idolsync.media.names import not_there, spoken_name
from otio_idolsync.media.outputs import is_ours
from otio_idolsync.media.probe import probe_each, sequence_info

MIN_SEQUENCE = 12
"""Fewer numbered images than this are stills: a camera numbers its photographs too."""

_NUMBERED = re.compile(r"(?P<prefix>.*?)(?P<number>\d+)(?P<suffix>\.[^.]+)")


@dataclass(frozen=True, slots=True)
class Library:
    """The sources of a folder, in the order of their paths, and what a person should know."""

    sources: tuple[Source, ...]
    warnings: tuple[str, ...] = ()
    ignored: tuple[Path, ...] = ()


def scan_shots(
    folder: Path | str,
    progress: Callable[[str, float], None] | None = None,
    look: Callable[[Sequence[Path]], Iterator[MediaInfo | MediaError]] = probe_each,
) -> Library:
    """Return the usable sources of a folder.

    Args:
        folder: Any folder; ``shots.toml`` in it says more of its files.
        progress: Called with a stage name and the share done.
        look: Tells what files hold, or why they cannot be used.

    Raises:
        MediaError: The folder is missing, or nothing in it can be used.
        SettingsError: ``shots.toml`` is wrong.
    """
    root = Path(folder).expanduser().absolute()
    if not root.is_dir():
        if not root.exists():
            raise MediaError(not_there("shots folder", folder))
        raise MediaError(f"shots folder {root} is a file; name the folder it lies in")
    rules = read_shots_toml(root)
    kinds = _files(root)
    files = sorted([*kinds["video"], *kinds["still"]])
    sequences, warnings = _sequences([f for f in kinds["still"] if not rules.is_still(f)])
    warnings += [_unreadable(root, path) for path in kinds["unreadable"]]
    in_sequence = {s.path_of(i) for s in sequences for i in range(s.count)}
    jobs: list[ImageSequence | Path] = [*sequences, *(f for f in files if f not in in_sequence)]
    jobs.sort(key=lambda job: str(_first(job)))
    ours = [job for job in jobs if isinstance(job, Path) and is_ours(job)]
    warnings += [f"passed over: {job} was written by idolsync; copy it to use it" for job in ours]
    jobs = [job for job in jobs if job not in ours]
    sources = []
    for done, (job, media) in enumerate(zip(jobs, look([*map(_first, jobs)]), strict=True), 1):
        if isinstance(media, MediaError):
            warnings.append(f"skipped: {media}")
        elif isinstance(job, ImageSequence):
            sources.append(_source(root, sequence_info(job, rules.rate_of(job), media), rules))
        else:
            sources.append(_source(root, media, rules))
        if progress:
            progress("reading shots", done / len(jobs))
    if not sources:
        raise MediaError(_nothing_usable(root, warnings))
    warnings += choices(source.media for source in sources)
    warnings.extend(rules.unmatched([s.media.path for s in sources], in_sequence))
    return Library(tuple(sources), tuple(warnings), tuple(kinds["other"]))


def _first(job: ImageSequence | Path) -> Path:
    return job.path_of(0) if isinstance(job, ImageSequence) else job


def _unreadable(root: Path, path: Path) -> Remark:
    name, why = path.relative_to(root).as_posix(), why_unreadable(path)
    return Remark(name, why, f"skipped: {path} {why}", "files")


def _files(root: Path) -> dict[Kind, list[Path]]:
    """Return the files of a folder and those in it by kind, each in the order of their paths."""
    kinds: dict[Kind, list[Path]] = defaultdict(list)
    seen: set[str] = set()
    for here, folders, names in os.walk(root, followlinks=True):
        # A link back up the tree would offer the same clips under ever longer names.
        if (real := os.path.realpath(here)) in seen:
            folders[:] = []
            continue
        seen.add(real)
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        for name in sorted(names):
            if not name.startswith(".") and name != SHOTS_TOML:
                path = Path(here, name)
                kinds[kind_of(path)].append(path)
    return kinds


def _sequences(stills: Iterable[Path]) -> tuple[list[ImageSequence], list[str]]:
    groups: dict[tuple[Path, str, str, int], list[int]] = defaultdict(list)
    for path in stills:
        found = _NUMBERED.fullmatch(path.name)
        if found:
            number = found["number"]
            padding = len(number) if number.startswith("0") else 0
            groups[path.parent, found["prefix"], found["suffix"], padding].append(int(number))
    for key in [k for k in groups if k[3]]:
        # frame.0999 is padded to four digits, frame.1000 needs no padding: one sequence
        unpadded = groups.get((*key[:3], 0), [])
        wide = [n for n in unpadded if len(str(n)) >= key[3]]
        groups[key].extend(wide)
        groups[(*key[:3], 0)] = [n for n in unpadded if n not in set(wide)]
    sequences, warnings = [], []
    for (folder, prefix, suffix, padding), numbers in groups.items():
        runs = [run for run in _runs(sorted(numbers)) if len(run) >= MIN_SEQUENCE]
        sequences += [
            ImageSequence(folder, prefix, suffix, run[0], len(run), padding) for run in runs
        ]
        if len(runs) > 1:
            gaps = ", ".join(_span(a[-1] + 1, b[0] - 1) for a, b in itertools.pairwise(runs))
            warnings.append(
                f"image sequence {folder / prefix}*{suffix} lacks frames {gaps}; "
                f"it is used as {len(runs)} sequences"
            )
    return sequences, warnings


def _span(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}-{last}"


def _runs(numbers: list[int]) -> list[list[int]]:
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return runs


def _source(root: Path, media: MediaInfo, rules: ShotRules) -> Source:
    relative = media.path.relative_to(root)
    name = media.sequence.prefix.rstrip("._- ") if media.sequence else media.path.stem
    return rules.apply(
        media,
        spoken_name(name or relative.parent.name or media.path.stem),
        frozenset(spoken_name(part) for part in relative.parts[:-1]),
    )


def _nothing_usable(root: Path, warnings: list[str]) -> str:
    if warnings:
        first = warnings[0].removeprefix("skipped: ")
        return f"no shot in {root} can be used; {len(warnings)} failed, the first: {first}"
    return f"shots folder {root} holds no video, still or image sequence; put clips into it"
