"""Open OpenTimelineIO's bundles: a cut with its media, in a folder or in a zip file."""

from __future__ import annotations

import hashlib
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from otio_idolsync.errors import OutputError, TimelineError
from otio_idolsync.media.cache import mark_used, written_beside

CONTENT, KIND, SUFFIX = "content.otio", "bundles", ".media"
_LARGEST = 1 << 29
_STEP = 1 << 20


def content_of(bundle: Path) -> bytes:
    """Return the native text in a bundle.

    Raises:
        TimelineError: There is none, or it is larger than any timeline's.
        OSError: It cannot be read.
    """
    if bundle.is_dir():
        return (bundle / CONTENT).read_bytes()
    with _opened(bundle) as held:
        known = held.NameToInfo.get(CONTENT)
        if known is None:
            raise TimelineError(f"it is a zip file without {CONTENT}, and no .otioz")
        if known.file_size > _LARGEST:
            raise TimelineError(f"its {CONTENT} has {known.file_size} bytes, more than any has")
        return held.read(known)


def in_cache(cache: Path) -> Callable[[Path], Path]:
    """Return what unpacks the media of a zipped bundle into a folder of the cache, once.

    Raises:
        TimelineError: The bundle cannot be read.
        OutputError: The cache cannot be written.
    """

    def unpacked(bundle: Path) -> Path:
        with _opened(bundle) as held:
            known = [f"{one.CRC:08x} {one.file_size} {one.filename}" for one in held.infolist()]
            key = hashlib.sha256("\n".join(known).encode("utf-8", "surrogateescape")).hexdigest()
            folder = cache / KIND / key[:2] / f"{key}{SUFFIX}"
            for one, target in _members(held, folder):
                if not (target.is_file() and target.stat().st_size == one.file_size):
                    _extract(held, one, target)
                mark_used(target)
        return folder

    return unpacked


def beside(output: Path) -> Callable[[Path], Path]:
    """Return what unpacks the media of a zipped bundle to ``NAME.media`` beside an output, to stay.

    Raises:
        TimelineError: The bundle cannot be read.
        OutputError: The folder cannot be written, or other files of those names lie in it.
    """

    def unpacked(bundle: Path) -> Path:
        folder = output.with_suffix(SUFFIX)
        with _opened(bundle) as held:
            found = list(_members(held, folder))
            for one, target in found:
                if target.exists() and _crc(target) != one.CRC:
                    raise OutputError(
                        f"{target} exists and is not the one in {bundle}; choose another output"
                    )
            for one, target in found:
                if not target.exists():
                    _extract(held, one, target)
        return folder

    return unpacked


def _opened(bundle: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(bundle)
    except zipfile.BadZipFile as error:
        raise TimelineError(f"it is a damaged zip file: {error}") from error


def _members(held: zipfile.ZipFile, folder: Path) -> Iterator[tuple[zipfile.ZipInfo, Path]]:
    """Yield the media in a bundle, and where each belongs in a folder."""
    for one in held.infolist():
        name = PurePosixPath(one.filename.replace("\\", "/"))
        if one.is_dir() or len(name.parts) < 2:  # the cut, and the bundle's version
            continue
        if name.is_absolute() or ".." in name.parts or ":" in name.parts[0]:
            raise TimelineError(f"it is a bundle with a file outside of itself, {one.filename!r}")
        yield one, folder / name


def _extract(held: zipfile.ZipFile, one: zipfile.ZipInfo, target: Path) -> None:
    try:
        with (
            held.open(one) as packed,
            written_beside(target) as temporary,
            temporary.open("wb") as file,
        ):
            shutil.copyfileobj(packed, file, _STEP)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        raise TimelineError(f"{one.filename} in {held.filename} is damaged: {error}") from error


def _crc(path: Path) -> int:
    found = 0
    with path.open("rb") as file:
        while part := file.read(_STEP):
            found = zlib.crc32(part, found)
    return found
