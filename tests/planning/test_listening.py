"""A plan mends its grid as an analysis does: one set of switches, however it is called."""

from __future__ import annotations

import inspect
import wave
from pathlib import Path

import numpy as np
import opentimelineio as otio
import pytest

from otio_idolsync import analyze, plan
from otio_idolsync.adapters.bridge import AdapterError
from otio_idolsync.analysis.listening import Listening
from otio_idolsync.errors import UsageError
from otio_idolsync.options import fields_of

NAMES = {
    "audio_stream", "backend", "grid", "tap", "alternative", "tempo_scale", "shift", "meter",
    "bar_phase", "vocals",
}  # fmt: skip


def grid_of(timeline: otio.schema.Timeline) -> list[float]:
    return list(timeline.metadata["idolsync"]["grid"]["beats"])


def test_plan_and_analyze_take_the_same_switches() -> None:
    assert {field.name for field in fields_of(Listening)} == NAMES
    for function in (analyze, plan):
        assert set(inspect.signature(function).parameters) >= NAMES


@pytest.mark.parametrize(
    ("switches", "said"),
    [
        ({"shift": "3"}, "shift '3' is not understood"),
        ({"tempo_scale": "3"}, "tempo scale '3' is not understood"),
        ({"backend": "none"}, "beat backend 'none' is not installed"),
        ({"tap": "t", "grid": "g"}, "taps choose a reading"),
    ],
)
def test_a_plan_refuses_bad_switches_before_it_looks_at_the_shots(
    switches: dict[str, str], said: str, beat_song: Path, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=said):
        plan(beat_song, tmp_path / "no such folder", **switches)


@pytest.mark.parametrize(
    "switches",
    [
        {"tempo_scale": "2"},
        {"tempo_scale": "1/2", "bar_phase": 1},
        {"shift": "-12ms", "meter": "3/4"},
        {"alternative": 1},
    ],
)
def test_a_plan_is_cut_to_the_grid_that_analyze_mends(
    switches: dict[str, object], beat_song: Path
) -> None:
    mended, planned = analyze(beat_song, **switches), plan(beat_song, **switches)
    assert planned.analysis.to_json() == mended.to_json()
    grid = planned.sheet.metadata["grid"]
    assert grid["beats"] == mended.to_json()["beats"]
    assert grid["beats"] != plan(beat_song).sheet.metadata["grid"]["beats"]


def test_taps_and_a_stem_are_heard_by_a_plan(beat_song: Path, tmp_path: Path) -> None:
    taps, stem = tmp_path / "taps.txt", tmp_path / "stem.wav"
    taps.write_text("\n".join(f"{k}" for k in range(2, 20)))  # every other beat
    sung = np.zeros(24 * 8000, "<i2")
    time = np.arange(4 * 8000) / 8000
    sung[8 * 8000 : 12 * 8000] = 9000 * np.sin(2 * np.pi * 220 * time)
    with wave.open(str(stem), "wb") as out:
        out.setparams((1, 2, 8000, 0, "NONE", ""))
        out.writeframes(sung.tobytes())
    planned = plan(beat_song, tap=taps, vocals=stem)
    assert planned.sheet.metadata["grid"]["tempo_bpm"] == pytest.approx(60, abs=0.5)
    assert planned.analysis.backends["vocals"] == "stem stem.wav"
    (phrase,) = planned.sheet.metadata["structure"]["vocals"]
    assert (phrase["start"], phrase["end"]) == pytest.approx((8, 12), abs=0.3)


def test_the_adapter_takes_them_as_numbers_or_texts(beat_song: Path) -> None:
    wanted = plan(beat_song, tempo_scale=2, bar_phase=1).timeline
    read = otio.adapters.read_from_file
    with pytest.warns(UserWarning, match="placeholder S001, S002.*: no shots were given"):
        found = read(str(beat_song), "idolsync_song", tempo_scale="2", bar_phase="1")
    assert grid_of(found) == grid_of(wanted)
    with pytest.raises(AdapterError, match="argument alternative = 'first' is no whole number"):
        read(str(beat_song), "idolsync_song", alternative="first")
    with pytest.raises(AdapterError, match="idolsync_song knows no argument nonsense"):
        read(str(beat_song), "idolsync_song", nonsense=1)
