"""The provider that calls any local tool as a recipe says, and conforms what it returns.

The tool gets a face video of the shot's length at the rate it works at, and the song's samples of
the shot as a WAV. What it returns is shown at the job's rate frame by frame, each the one on screen
at its time; nothing is ever stretched to fit.
"""

from __future__ import annotations

import functools
import math
import os
import subprocess
import tempfile
import wave
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path

import numpy as np

from otio_idolsync.errors import LipsyncError, MediaError, OutputError, in_words
from otio_idolsync.lipsync.movie import Picture, face_pictures, write_movie
from otio_idolsync.lipsync.provider import LipsyncJob, Progress
from otio_idolsync.lipsync.recipe import Recipe, Value, find_recipe
from otio_idolsync.media.frames import TOLERANCE
from otio_idolsync.media.model import MediaInfo
from otio_idolsync.media.outputs import file_digest
from otio_idolsync.media.probe import probe
from otio_idolsync.media.song import decode_song
from otio_idolsync.media.stamp import Stamp, file_stamp

_RATE_SLACK = Fraction(1, 500)
COMMAND_VERSION = "1"
"""Raised whenever the same tool and job would give other pixels."""


class CommandProvider:
    """The provider ``command``; its param ``recipe`` says which tool."""

    version = COMMAND_VERSION

    def model_digest(self, job: LipsyncJob) -> str:
        """Return what names the recipe's text and the contents of its models.

        Raises:
            LipsyncError: The recipe or a model is missing.
        """
        recipe, values = _recipe_of(job)
        folder = Path(recipe.filled(recipe.cwd, values)) if recipe.cwd else Path()
        models = [folder / recipe.filled(model, values) for model in recipe.models]
        return " ".join([recipe.digest, *(_model_digest(model, recipe.name) for model in models)])

    def generate(self, job: LipsyncJob, output: Path, progress: Progress | None = None) -> None:
        """Call the tool and conform what it returns; see `LipsyncProvider`.

        Raises:
            LipsyncError: The recipe is missing or wrong, or the tool is missing, failed, hung, or
                returned too few frames.
        """
        recipe, values = _recipe_of(job)
        with tempfile.TemporaryDirectory(prefix="idolsync-lipsync-") as name:
            work = Path(name)
            rate = recipe.fps or job.rate
            count = math.ceil((job.frames / job.rate + Fraction(recipe.extra_seconds)) * rate)
            values |= {
                "face": str(work / "face.mp4"), "audio": str(work / "audio.wav"),
                "output": str(work / "made.mp4"), "work": str(work),
                "frames": count, "fps": _decimal(rate), "width": job.width, "height": job.height,
                "seed": job.seed,
            }  # fmt: skip
            _write_face(job, work / "face.mp4", rate, count)
            _write_audio(job, work / "audio.wav", count / rate)
            if progress:
                progress(0.05)
            _call(recipe, values, work)
            made = probe_made(recipe, values, work)
            _conform(job, recipe, made, count, rate, output)
        if progress:
            progress(1.0)


def probe_made(recipe: Recipe, values: Mapping[str, Value], work: Path) -> MediaInfo:
    """Return what the tool wrote: one file that the recipe's output names.

    Raises:
        LipsyncError: It wrote none, several, or nothing that can be read.
    """
    pattern = Path(recipe.filled(recipe.output, values))
    pattern = pattern if pattern.is_absolute() else work / pattern
    found = sorted(pattern.parent.glob(pattern.name))
    if len(found) != 1:
        raise LipsyncError(
            f"lip-sync recipe {recipe.name}: the tool wrote {len(found)} files that match "
            f"{pattern.name}; check output in the recipe"
        )
    try:
        return probe(found[0])
    except MediaError as error:
        raise LipsyncError(
            f"lip-sync recipe {recipe.name}: the tool wrote no video that can be read ({error})"
        ) from error


def _recipe_of(job: LipsyncJob) -> tuple[Recipe, dict[str, Value]]:
    given = dict(job.params)
    if "recipe" not in given:
        raise LipsyncError('the provider command needs the param recipe, for example "wav2lip"')
    recipe = find_recipe(given.pop("recipe"))
    # every lip-sync shot of a planned timeline carries its anchor, for providers that draw
    if "mouth" not in recipe.params:
        given.pop("mouth", None)
    return recipe, recipe.chosen(given)


def _write_face(job: LipsyncJob, path: Path, rate: Fraction, count: int) -> None:
    """Write the face as a video of ``count`` frames; footage that ends early holds its end."""
    start = job.face_start_frame / job.rate
    there = count
    if job.face.kind != "still":
        # only what goes beyond the shot may be held: a face shorter than that is an error
        shot = math.ceil(job.frames / job.rate * rate)
        there = min(count, max(shot, math.floor((job.face.seconds - start) * rate)))
    size = job.width, job.height
    pictures = face_pictures(job.face, start, there, rate, size)
    write_movie(_held(pictures, count), path, rate, size)


def _held(pictures: Iterator[Picture], count: int) -> Iterator[Picture]:
    """Yield ``count`` pictures; the last one stays."""
    last: Picture | None = None
    for _ in range(count):
        last = next(pictures, last)
        if last is not None:
            yield last


def _write_audio(job: LipsyncJob, path: Path, seconds: Fraction) -> None:
    """Write the song's samples of the shot as 16-bit PCM; what lies beyond the song is silent."""
    whole = decode_song(job.song)
    rate = job.song.sample_rate
    same = seconds == job.frames / job.rate
    count = job.samples if same else math.ceil(seconds * rate)
    places = np.arange(job.start_sample, job.start_sample + count)
    inside = (places >= 0) & (places < len(whole))
    sound = np.where(inside[:, None], whole[np.clip(places, 0, len(whole) - 1)], 0)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(np.round(np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())


def _call(recipe: Recipe, values: Mapping[str, Value], work: Path) -> None:
    """Run the tool to its end; its arguments are a list and pass no shell."""
    argv = [recipe.filled(text, values) for text in recipe.args]
    folder = recipe.filled(recipe.cwd, values) if recipe.cwd else str(work)
    env = {name: recipe.filled(text, values) for name, text in recipe.env.items()}
    log = work / "tool.log"
    try:
        with log.open("wb") as said:
            done = subprocess.run(
                argv,
                cwd=folder,
                env=os.environ | env,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                timeout=recipe.timeout,
                check=False,
            )
    except subprocess.TimeoutExpired as error:
        raise LipsyncError(
            f"lip-sync recipe {recipe.name}: the tool was not done after {recipe.timeout:g} s"
        ) from error
    except OSError as error:
        where = folder if not Path(folder).is_dir() else argv[0]
        raise LipsyncError(
            f"lip-sync recipe {recipe.name}: {where} cannot be run ({error.strerror}); "
            "install the tool and check the recipe"
        ) from error
    if done.returncode:
        lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        why = in_words(lines[-1].strip()) if lines else "it gave no reason"
        raise LipsyncError(
            f"lip-sync recipe {recipe.name}: the tool ended with status {done.returncode}: {why}"
        )


def _conform(
    job: LipsyncJob, recipe: Recipe, made: MediaInfo, count: int, rate: Fraction, output: Path
) -> None:
    """Write the job's frames, each the one of the tool's that is on screen at its time."""
    where = f"lip-sync recipe {recipe.name}"
    if abs(made.rate - rate) > rate * _RATE_SLACK:
        raise LipsyncError(
            f"{where}: the tool wrote {float(made.rate):g} frames per second where the recipe "
            f"says {float(rate):g}"
        )
    needed = math.floor((job.frames - 1) / job.rate * rate + TOLERANCE * rate) + 1
    if recipe.length == "exact" and made.frames != count:
        raise LipsyncError(
            f"{where}: the tool wrote {made.frames} frames where {count} were asked for; "
            "length = 'trim' in the recipe allows more"
        )
    if made.frames < needed:
        raise LipsyncError(
            f"{where}: the tool wrote {made.frames} frames where {needed} are needed; "
            "raise extra_seconds in the recipe"
        )
    size = job.width, job.height
    pictures = face_pictures(made, Fraction(0), job.frames, job.rate, size)
    write_movie(pictures, output, job.rate, size)


def _model_digest(path: Path, recipe: str) -> str:
    try:
        return _file_digest(path, file_stamp(path))
    except (OSError, OutputError) as error:
        raise LipsyncError(
            f"lip-sync recipe {recipe}: model {path} cannot be read; download it or mend the recipe"
        ) from error


@functools.lru_cache(maxsize=64)
def _file_digest(path: Path, stamp: Stamp) -> str:
    return file_digest(path)


def _decimal(rate: Fraction) -> str:
    return f"{float(rate):.6f}".rstrip("0").rstrip(".")
