"""The whole way on real songs and footage that nobody here made: song to plan to movie."""

from __future__ import annotations

import math
import wave
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from otio_idolsync.cut.files import write_sheet_files
from otio_idolsync.cut.model import SyncSheet
from otio_idolsync.media.song import decode_song, open_song
from otio_idolsync.planning.plan import plan
from otio_idolsync.rendering.render import render

SECONDS, SIZE = 40, (320, 180)


@pytest.fixture(scope="module", params=["chaos_god", "on_the_run"])
def made(
    request: pytest.FixtureRequest, shared: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[SyncSheet, Path, Path]:
    """A stretch of a real song, planned with real footage and rendered: sheet, movie, song."""
    folder = tmp_path_factory.mktemp(request.param)
    original = open_song(shared / "corpus" / "songs" / f"{request.param}.ogg")
    start = 30 * original.sample_rate
    stretch = decode_song(original)[start : start + SECONDS * original.sample_rate]
    song = folder / f"{request.param}.wav"
    with wave.open(str(song), "wb") as out:
        out.setparams((2, 2, original.sample_rate, 0, "NONE", ""))
        out.writeframes((np.clip(stretch, -1, 1) * 32767).astype("<i2").tobytes())
    planned = plan(song, shared / "corpus" / "footage", fps="23.976", size=SIZE)
    write_sheet_files(planned.sheet, folder / "cut.otio")
    render(folder / "cut.otio", folder / "final.mp4", audio_codec="alac")
    return planned.sheet, folder / "final.mp4", song


def frames(path: Path, wanted: set[int]) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """Yield the wanted frames of a file, in display shape at the movie's size, as grey pictures."""
    with av.open(str(path)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number in wanted:
                yield number, frame.to_ndarray(format="gray").astype(np.float64)


def boxed(picture: NDArray[np.float64], aspect: float) -> NDArray[np.float64]:
    """Return the part of a letterboxed movie frame that shows a source of this aspect."""
    height, width = picture.shape
    wide, high = min(width, height * aspect), min(height, width / aspect)
    top, left = round((height - high) / 2), round((width - wide) / 2)
    return picture[top : height - top, left : width - left]


def likeness(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Return the correlation of two pictures at a small common size."""
    small = [Image.fromarray(p.astype(np.uint8)).resize((96, 54), Image.Resampling.BOX)
             for p in (a, b)]  # fmt: skip
    return float(np.corrcoef(np.ravel(small[0]), np.ravel(small[1]))[0, 1])


def test_the_movie_lasts_as_long_as_the_song_at_the_planned_rate(
    made: tuple[SyncSheet, Path, Path],
) -> None:
    sheet, movie, _ = made
    with av.open(str(movie)) as container:
        video = container.streams.video[0]
        assert video.frames == math.ceil(SECONDS * Fraction(24000, 1001))
        assert video.average_rate == Fraction(24000, 1001)
    assert sum(shot.frames for shot in sheet.shots) == video.frames


def test_every_cut_is_on_the_frame_nearest_to_its_beat(made: tuple[SyncSheet, Path, Path]) -> None:
    sheet, _, _ = made
    grid = {sheet.clock.frame_at(beat) for beat in sheet.metadata["grid"]["beats"]}
    assert len(sheet.shots) > 8
    assert all(shot.first_frame in grid for shot in sheet.shots[1:])


def test_each_shot_shows_the_source_frame_that_was_planned(
    made: tuple[SyncSheet, Path, Path],
) -> None:
    sheet, movie, _ = made
    middles = {s.first_frame + s.frames // 2: s for s in sheet.shots if s.media.kind == "external"}
    assert len(middles) > 8
    for number, picture in frames(movie, set(middles)):
        shot = middles[number]
        path = Path(shot.media.url.removeprefix("file://"))
        seconds = (shot.source_in + shot.frames // 2) / sheet.clock.rate
        wanted = math.floor(seconds * shot.media.rate + Fraction(1, 1000))
        near = dict(frames(path, {wanted - 3, wanted, wanted + 3}))
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            pixel = stream.sample_aspect_ratio or 1
            aspect = float(stream.width * pixel / stream.height)
        shown = boxed(picture, aspect)
        best = max(near, key=lambda n: likeness(shown, near[n]))
        assert best == wanted or "bikes" not in path.name, number  # the others hardly move
        assert likeness(shown, near[wanted]) > 0.98, (number, path.name)


def test_the_movie_sounds_like_the_song_sample_by_sample(
    made: tuple[SyncSheet, Path, Path],
) -> None:
    _, movie, song = made
    with av.open(str(movie)) as container:
        sound = np.concatenate([f.to_ndarray() for f in container.decode(audio=0)], axis=1)
    with wave.open(str(song)) as original:
        want = np.frombuffer(original.readframes(original.getnframes()), "<i2").reshape(-1, 2)
    assert sound.dtype == np.int16
    assert np.array_equal(sound.T[: len(want)], want)
    assert len(sound.T) == len(want)


def test_every_shot_has_its_reason(made: tuple[SyncSheet, Path, Path]) -> None:
    sheet, _, _ = made
    reasons = [shot.metadata["reason"]["text"] for shot in sheet.shots]
    assert all("bar" in text for text in reasons[1:])
    assert len(set(reasons)) == len(reasons)
