"""The sample project that ships with the package, and how it is laid out in a user's folder."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from otio_idolsync.errors import OutputError

SAMPLE = "neon_stage"
SONG_SUFFIXES = (".flac", ".mp3", ".ogg", ".m4a", ".wav")


@dataclass(frozen=True, slots=True)
class SampleProject:
    """A copy of the sample project that the user owns."""

    folder: Path
    song: Path
    shots: Path


def copy_sample(folder: Path) -> SampleProject:
    """Copy the song and the shots of the sample project into a folder.

    Raises:
        OutputError: The folder cannot be written.
    """
    target = folder.expanduser().absolute()
    with resources.as_file(resources.files(__name__) / SAMPLE) as source:
        song = next(p for p in sorted(source.glob("song.*")) if p.suffix in SONG_SUFFIXES)
        try:
            target.mkdir(parents=True, exist_ok=True)
            shutil.copytree(source / "shots", target / "shots", dirs_exist_ok=True)
            shutil.copyfile(song, target / song.name)
        except (OSError, shutil.Error) as error:
            why = "it is a file" if target.is_file() else error
            raise OutputError(f"the sample project cannot be copied to {target}: {why}") from error
    return SampleProject(target, target / song.name, target / "shots")
