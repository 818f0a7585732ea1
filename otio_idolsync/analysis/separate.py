"""The vocal stem of a song that comes without one: separated by demucs [1] once, then kept.

Demucs runs as a program of its own: its torch is never imported here, and whatever it dies of is
one sentence.

[1] S. Rouard, F. Massa, A. Défossez, "Hybrid transformers for music source separation", ICASSP
    2023.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from otio_idolsync.errors import AnalysisError, ToolMissingError, UsageError, in_words
from otio_idolsync.media.cache import cache_folder, mark_used, written_beside
from otio_idolsync.media.ffmpeg import run_graph
from otio_idolsync.media.song import Song, song_graph
from otio_idolsync.media.stamp import file_stamp

NAME = "demucs"
LICENCE = "code MIT, weights for research only, say its makers"
INSTALL = "pip install demucs"
_USUAL_MODEL = "htdemucs"
_TRACK = "song"


@dataclass(frozen=True, slots=True)
class Separator:
    """Demucs, with one of its models.

    Attributes:
        version: Of the package.
        model: The model's name.
        folder: Where the user's own models lie; None for those that demucs fetches.
    """

    version: str
    model: str
    folder: Path | None = None

    def __str__(self) -> str:
        return f"{NAME} {self.version} with model {self.model}"

    def vocal_stem(self, song: Song, cache: Path | None = None) -> Path:
        """Return the WAV of a song's vocals: the one in the cache, else one made now.

        Raises:
            AnalysisError: Demucs failed; the sentence carries its last line.
            MediaError: The song cannot be decoded.
            OutputError: The cache cannot be written.
        """
        kept = cache_folder(cache) / "vocals" / f"{self._key(song)}.wav"
        if kept.is_file():
            mark_used(kept)
            return kept
        with tempfile.TemporaryDirectory(prefix="idolsync-") as folder:
            made = self._separate(song, Path(folder))
            with written_beside(kept) as temporary:
                shutil.copyfile(made, temporary)
        return kept

    def _key(self, song: Song) -> str:
        about = [song.sha256, self.version, self.model, *_models(self.folder)]
        return hashlib.sha256(json.dumps(about).encode()).hexdigest()[:32]

    def _separate(self, song: Song, folder: Path) -> Path:
        """Return the vocal stem that demucs writes into a folder.

        It gets the song as decoded here: its own decoders may begin elsewhere in an MP3 or M4A.
        """
        sound = folder / f"{_TRACK}.wav"
        graph = song_graph(song).output(str(sound), acodec="pcm_s16le", ac=min(song.channels, 2))
        run_graph(graph, f"decode {song.path}")
        # unshifted, since its random shifts would make each run's stem another one
        argv = ["--two-stems", "vocals", "--shifts", "0", "-n", self.model, "-o", str(folder)]
        argv += ["--repo", str(self.folder)] if self.folder else []
        done = subprocess.run(
            [sys.executable, "-P", "-m", NAME, *argv, str(sound)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            # what can be imported here can be imported there
            env=os.environ | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
            check=False,
        )
        stem = folder / self.model / _TRACK / "vocals.wav"
        if done.returncode or not stem.is_file():
            said = done.stderr.decode(errors="replace").strip().splitlines()
            why = in_words(said[-1].strip()) if said else f"exit status {done.returncode}"
            raise AnalysisError(f"{self} could not separate song {song.path}: {why}")
        return stem


def find_separator(given: Path | str | None) -> Separator | None:
    """Return the separator that ``demucs[:[FOLDER/]NAME]`` names; None where a file is meant.

    Raises:
        UsageError: No model is named after the colon, or its folder is none.
        ToolMissingError: Demucs is not installed; the sentence says how to install it.
    """
    name, colon, wanted = str(given or "").partition(":")
    if name != NAME or Path(str(given)).is_file():
        return None
    folder, model = os.path.split(wanted if colon else _USUAL_MODEL)
    if not model:
        raise UsageError(f"vocals {given} name no model; write demucs:NAME or demucs:FOLDER/NAME")
    models = Path(folder).expanduser().absolute() if folder else None
    if models and not models.is_dir():
        raise UsageError(f"{models} is no folder of demucs models; check the path")
    version = demucs_version()
    if not version:
        raise ToolMissingError(f"vocals {given} need demucs, which is not installed; run {INSTALL}")
    return Separator(version, model, models)


def demucs_version() -> str:
    """Return the version of demucs that is installed; nothing where it is not."""
    try:
        return metadata.version(NAME)
    except metadata.PackageNotFoundError:
        return ""


def _models(folder: Path | None) -> list[str]:
    """Return what tells the models in a folder from others that had their names before."""
    files = sorted(folder.iterdir()) if folder else []
    models = [file for file in files if file.suffix in {".th", ".yaml"}]
    return [f"{file} {file_stamp(file)}" for file in models]
