"""Another rate: the same sound, where it was, without what that rate cannot carry."""

from __future__ import annotations

from math import gcd

import numpy as np
import pytest

from otio_idolsync.analysis.resample import resampled

RATES = [(24000, 16000), (44100, 24000), (22050, 24000), (16000, 48000), (48000, 48000)]


def tone(hz: float, rate: int, seconds: float = 0.5) -> np.ndarray:
    return np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate).astype(np.float32)


def at(samples: np.ndarray, old: int, new: int) -> np.ndarray:
    common = gcd(old, new)
    return resampled(samples, new // common, old // common)


@pytest.mark.parametrize(("old", "new"), RATES)
def test_a_tone_keeps_its_pitch_its_level_and_its_place(old: int, new: int) -> None:
    got, want = at(tone(1000, old), old, new), tone(1000, new)
    assert len(got) == len(want)
    inside = slice(new // 50, -new // 50)  # past the ends there is silence
    assert np.abs(got - want)[inside].max() < 0.003


@pytest.mark.parametrize(("old", "new"), [rates for rates in RATES if rates[0] > rates[1]])
def test_what_the_lower_rate_cannot_carry_is_gone(old: int, new: int) -> None:
    got = at(tone(0.65 * new, old), old, new)
    assert np.abs(got[new // 50 : -new // 50]).max() < 0.003


@pytest.mark.parametrize("count", [0, 1, 2, 7, 100])
def test_a_sound_of_few_samples_lasts_as_long_as_before(count: int) -> None:
    for up, down in ((2, 3), (80, 147), (3, 1)):
        got = resampled(np.ones(count, np.float32), up, down)
        assert (len(got), got.dtype) == (-(-count * up // down), np.float32)
