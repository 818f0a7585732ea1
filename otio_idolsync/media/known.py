"""Remember what media hold, so that a file is read again only when it has changed.

What was found in a file is noted by its path and stamp (size, times, inode). A file that was
written a moment ago is not noted: its next change might leave all of these as they are.
"""

from __future__ import annotations

import contextlib
import functools
import json
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import av

from otio_idolsync.errors import MediaError, OutputError
from otio_idolsync.media.cache import written_beside
from otio_idolsync.media.files import existing_file
from otio_idolsync.media.model import MediaInfo
from otio_idolsync.media.outputs import file_digest
from otio_idolsync.media.probe import probe, probe_each
from otio_idolsync.media.signal import SIGNAL, Signal, read_signal
from otio_idolsync.media.song import Song, open_song
from otio_idolsync.media.stamp import Stamp, file_stamp, is_settled

# Raised whenever a probe finds something else in the same file.
PROBE = 2
_MOST_FILES = 20000
# Large media take long to read: what a run that is killed has read is not read again.
_SAVE_SECONDS = 5.0
_LIBRARIES = "-".join(".".join(map(str, v)) for _, v in sorted(av.library_versions.items()))
_SONG, _PICTURE = f"song {_LIBRARIES}", f"picture {PROBE} {_LIBRARIES}"
_SIGNAL = f"signal {SIGNAL} {_LIBRARIES}"
# A note that somebody damaged is as good as none.
_NO_NOTE = (LookupError, TypeError, ValueError, ArithmeticError)
_Found = TypeVar("_Found")


class KnownMedia:
    """Digests, songs and pictures of media files, each found out once."""

    def __init__(self, root: Path) -> None:
        """Take the cache folder."""
        self._note = root / "media.json"
        self._known = self._read()
        self._fresh: dict[str, dict[str, Any]] = {}
        self._signals: dict[Path, Signal] = {}
        self._saved = time.monotonic()
        self._shown: dict[Path, MediaInfo] = {}

    @property
    def shown(self) -> list[MediaInfo]:
        """What was told of pictures so far, each file once."""
        return list(self._shown.values())

    def digest(self, path: Path) -> str:
        """Return the sha256 of a file's bytes.

        Raises:
            MediaError: It is gone or may not be read.
        """
        return self._fact(path, "sha256", file_digest, str, str)

    def song(self, path: Path | str, stream: int | None = None) -> Song:
        """Return the song that a file holds, as :func:`open_song` does.

        Raises:
            MediaError: It is gone, may not be read or holds no song, or no such stream.
        """

        def of(noted: Any) -> Song:
            sha256, *numbers = noted
            rate, samples, channels, chosen, streams = map(int, numbers)
            return Song(source, str(sha256), rate, samples, channels, chosen, streams)

        def note(song: Song) -> Any:
            numbers = song.sample_rate, song.samples, song.channels, song.stream, song.streams
            return [song.sha256, *numbers]

        source = existing_file(path, "song")
        name = _SONG if stream is None else f"{_SONG} stream {stream}"
        return self._fact(source, name, lambda file: open_song(file, stream), of, note)

    def info(self, path: Path) -> MediaInfo:
        """Return what a video or still holds, as :func:`probe` does.

        Raises:
            MediaError: It is gone, may not be read or holds no picture.
        """

        source = existing_file(path, "media")
        info = self._fact(source, _PICTURE, probe, functools.partial(_info_of, source), _noted)
        self._shown[source] = info
        return info

    def infos(self, paths: Sequence[Path]) -> Iterator[MediaInfo | MediaError]:
        """Yield what each file holds, or why it cannot be used; what is new is read side by side.

        Args:
            paths: Absolute.
        """
        found: dict[Path, MediaInfo | MediaError] = {}
        new: dict[Path, Stamp] = {}
        for path in paths:
            try:
                stamp = _stamp(path)
                found[path] = _info_of(path, self._facts(path, stamp)[_PICTURE])
            except MediaError as error:
                found[path] = error
            except _NO_NOTE:
                new[path] = stamp
        looked = probe_each([*new])
        for path in paths:
            if path not in found:
                found[path] = info = next(looked)
                if isinstance(info, MediaInfo):
                    self._note_down(path, new[path], _PICTURE, _noted(info))
            yield found[path]

    def signal(self, info: MediaInfo) -> Signal:
        """Return how the pictures of media are coded, as :func:`signal_of` does.

        What was said once stands: a shot is made as its key says, and whoever asks meanwhile does
        not hide that the file has changed.

        Raises:
            MediaError: The file is gone or may not be read.
        """
        if info.reader == "pillow":
            return Signal()
        if info.path not in self._signals:
            source, of, note = existing_file(info.path, "media"), Signal.from_json, Signal.to_json
            self._signals[info.path] = self._fact(source, _SIGNAL, read_signal, of, note)
        return self._signals[info.path]

    def unchanged(self, path: Path) -> bool:
        """Tell whether a file whose digest was asked for is still the same."""
        known = self._known.get(str(path), {})
        try:
            # Another stamp need not mean other bytes: a backup program's mark changes it, too.
            return known.get("stamp") == list(file_stamp(path)) or (
                known.get("sha256") == file_digest(path)
            )
        except (OSError, OutputError):
            return False

    def save(self) -> None:
        """Note what was found; other renders may have added theirs meanwhile."""
        self._saved = time.monotonic()
        if not self._fresh:
            return
        kept = list((self._read() | self._fresh).items())[-_MOST_FILES:]
        # Without the note the next run only reads the files again.
        with contextlib.suppress(OutputError), written_beside(self._note) as temporary:
            temporary.write_text(json.dumps(dict(kept)), encoding="utf-8")
        self._fresh.clear()

    def _fact(
        self,
        path: Path,
        name: str,
        look: Callable[[Path], _Found],
        of: Callable[[Any], _Found],
        note: Callable[[_Found], Any],
    ) -> _Found:
        """Return what was found in a file before, or look and note it."""
        stamp = _stamp(path)
        with contextlib.suppress(*_NO_NOTE):
            return of(self._facts(path, stamp)[name])
        found = look(path)
        self._note_down(path, stamp, name, note(found))
        return found

    def _facts(self, path: Path, stamp: Stamp) -> dict[str, Any]:
        """Return what is known of a file as it is now."""
        known = self._known.get(str(path), {})
        return known if known.get("stamp") == list(stamp) else {"stamp": list(stamp)}

    def _note_down(self, path: Path, stamp: Stamp, name: str, fact: Any) -> None:
        self._known[str(path)] = known = self._facts(path, stamp) | {name: fact}
        if is_settled(stamp):
            self._fresh[str(path)] = known
        if time.monotonic() - self._saved > _SAVE_SECONDS:
            self.save()

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            known = json.loads(self._note.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        if not isinstance(known, dict):
            return {}
        return {path: facts for path, facts in known.items() if isinstance(facts, dict)}


def _stamp(path: Path) -> Stamp:
    try:
        stamp = file_stamp(path)
        path.open("rb").close()
    except OSError as error:
        raise MediaError(
            f"media {path} cannot be read: {error.strerror or error}; check it and try again"
        ) from error
    return stamp


def _noted(info: MediaInfo) -> dict[str, Any]:
    return {name: fact for name, fact in info.to_json().items() if name != "path"}


def _info_of(path: Path, noted: Any) -> MediaInfo:
    return MediaInfo.from_json(noted | {"path": str(path)})
