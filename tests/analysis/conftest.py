"""A tiny band in numpy: songs whose beats, bars, form and silence are known exactly."""

from __future__ import annotations

import wave
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

RATE = 44100
CHORDS = ((0, 4, 7), (9, 12, 16), (5, 9, 12), (7, 11, 14))


@dataclass(frozen=True)
class Part:
    """Some bars: which players play, how loud, and from which to which level."""

    bars: int
    players: str  # letters of k(ick) s(nare) h(at) b(ass) p(ad) v(oice) l(ead)
    level: float = 1.0
    end_level: float | None = None
    key: int = 0


@dataclass
class Band:
    """Renders parts at a steady tempo; keeps the true beats and bars."""

    bpm: float = 120.0
    meter: int = 4
    lead_in: float = 0.5
    seed: int = 0
    parts: list[tuple[float, float]] = field(default_factory=list)

    @property
    def gap(self) -> float:
        return 60 / self.bpm

    def play(self, form: Sequence[Part]) -> NDArray[np.float64]:
        """Return stereo samples of the form; fills `beats`, `numbers` and `parts`."""
        bars = sum(p.bars for p in form)
        self.beats = self.lead_in + np.arange(bars * self.meter) * self.gap
        self.numbers = np.arange(bars * self.meter) % self.meter + 1
        seconds = self.lead_in + bars * self.meter * self.gap + 0.5
        out = np.zeros((int(seconds * RATE), 2))
        at = self.lead_in
        for part in form:
            end = at + part.bars * self.meter * self.gap
            self.parts.append((at, end))
            self._part(out, part, at)
            at = end
        return out * (0.6 / max(1e-9, np.abs(out).max()))

    def _part(self, out: NDArray[np.float64], part: Part, start: float) -> None:
        rng = np.random.default_rng(self.seed)
        last = part.level if part.end_level is None else part.end_level
        count = part.bars * self.meter
        for beat in range(count):
            level = part.level + (last - part.level) * beat / max(1, count - 1)
            time, place, bar = start + beat * self.gap, beat % self.meter, beat // self.meter
            root = 36 + CHORDS[bar % 4][0] % 12 + part.key
            if "k" in part.players and place in (0, 2 if self.meter == 4 else 0):
                self._add(out, time, kick() * (1.0 if place == 0 else 0.8) * level)
            if "s" in part.players and place in ((1, 3) if self.meter == 4 else (1, 2)):
                self._add(out, time, noise(0.12, 0.03, rng) * 0.5 * level)
            if "h" in part.players:
                for half in (0, 0.5):
                    self._add(out, time + half * self.gap, noise(0.04, 0.008, rng) * 0.15 * level)
            if "b" in part.players:
                self._add(out, time, tone(root, self.gap * 0.9) * 0.4 * level)
            if "p" in part.players and place == 0:
                for step in CHORDS[bar % 4]:
                    note = tone(60 + step + part.key, self.gap * self.meter, attack=0.05)
                    self._add(out, time, note * 0.12 * level, side=0.5)
            if "v" in part.players and beat % 8 < 6:
                pitch = 67 + CHORDS[bar % 4][beat % 3] % 12
                self._add(out, time, sung(pitch, self.gap * 0.9) * 0.35 * level)

    def _add(
        self, out: NDArray[np.float64], time: float, sound: NDArray[np.float64], side: float = 0.0
    ) -> None:
        first = round(time * RATE)
        sound = sound[: max(0, len(out) - first)]
        delayed = np.roll(sound, 300) if side else sound
        out[first : first + len(sound), 0] += sound
        out[first : first + len(sound), 1] += (1 - side) * sound + side * delayed


def kick() -> NDArray[np.float64]:
    time = np.arange(int(0.15 * RATE)) / RATE
    return np.sin(2 * np.pi * (50 * time + 6 * (1 - np.exp(-time / 0.02)))) * np.exp(-time / 0.05)


def noise(seconds: float, decay: float, rng: np.random.Generator) -> NDArray[np.float64]:
    time = np.arange(int(seconds * RATE)) / RATE
    return rng.standard_normal(len(time)) * np.exp(-time / decay)


@cache
def tone(pitch: float, seconds: float, attack: float = 0.005) -> NDArray[np.float64]:
    time = np.arange(int(seconds * RATE)) / RATE
    wave_ = sum(
        np.sin(2 * np.pi * 440 * 2 ** ((pitch - 69) / 12) * k * time) / k for k in (1, 2, 3, 4)
    )
    return wave_ * np.minimum(1, time / attack) * np.minimum(1, (seconds - time) / 0.02)


@cache
def sung(pitch: float, seconds: float) -> NDArray[np.float64]:
    """A vowel: many harmonics under two formants, gliding into pitch, with vibrato."""
    time = np.arange(int(seconds * RATE)) / RATE
    bend = -1.5 * np.exp(-time / 0.05) + 0.4 * np.sin(2 * np.pi * 5.5 * time)
    phase = np.cumsum(440 * 2 ** ((pitch + bend - 69) / 12)) / RATE
    base = 440 * 2 ** ((pitch - 69) / 12)
    out = np.zeros(len(time))
    for k in range(1, int(4500 / base)):
        hz = k * base
        shape = np.exp(-(((hz - 700) / 300) ** 2)) + 0.5 * np.exp(-(((hz - 1200) / 300) ** 2))
        out += (shape + 0.15 / k) * np.sin(2 * np.pi * k * phase)
    return out * np.minimum(1, time / 0.04) * np.minimum(1, (seconds - time) / 0.06)


def save(path: Path, samples: NDArray[np.float64], rate: int = RATE, width: int = 2) -> Path:
    """Write PCM; ``width`` 2 or 3 bytes a sample."""
    samples = samples[:, None] if samples.ndim == 1 else samples
    scaled = np.round(np.clip(samples, -1, 1) * (2 ** (8 * width - 1) - 1)).astype("<i4")
    packed = scaled.astype("<i4").view(np.uint8).reshape(-1, 4)[:, :width]
    with wave.open(str(path), "wb") as out:
        out.setnchannels(samples.shape[1])
        out.setsampwidth(width)
        out.setframerate(rate)
        out.writeframes(packed.tobytes())
    return path


DROP_SONG = (
    Part(8, "p", 0.5),
    Part(16, "khbp", 0.45),
    Part(8, "hp", 0.2, 0.8),
    Part(16, "kshbp", 1.0, key=3),
    Part(8, "p", 0.25),
    Part(16, "kshbp", 1.0, key=3),
    Part(8, "p", 0.3),
)


@dataclass(frozen=True)
class Recording:
    """A rendered song on disk with its truth."""

    path: Path
    band: Band
    samples: NDArray[np.float64]


@pytest.fixture(scope="session")
def record(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Recording]:
    """Render a form once and keep it for the session."""
    folder = tmp_path_factory.mktemp("songs")
    made: dict[object, Recording] = {}

    def make(form: Sequence[Part], **settings: float) -> Recording:
        key = (tuple(form), tuple(sorted(settings.items())))
        if key not in made:
            band = Band(**settings)  # type: ignore[arg-type]
            samples = band.play(form)
            made[key] = Recording(save(folder / f"{len(made)}.wav", samples), band, samples)
        return made[key]

    return make


@pytest.fixture(scope="session")
def part() -> type[Part]:
    """Some bars of a form: ``part(8, "kshb", level)``."""
    return Part


@pytest.fixture(scope="session")
def drop_song(record: Callable[..., Recording]) -> Recording:
    """Quiet intro, verse, build, drop, break, drop, outro at 120 BPM."""
    return record(DROP_SONG, bpm=120)


@pytest.fixture(scope="session")
def save_song() -> Callable[..., Path]:
    """Write samples as a WAV: ``save_song(path, samples, rate, width)``."""
    return save


@pytest.fixture(scope="session")
def drum_hits() -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """Render kick and snare in turn at given seconds."""

    def render(beats: NDArray[np.float64]) -> NDArray[np.float64]:
        rng = np.random.default_rng(0)
        out = np.zeros(int((beats[-1] + 1) * RATE))
        for index, beat in enumerate(beats):
            hit = noise(0.12, 0.03, rng) * 0.5 if index % 2 else kick()
            first = round(float(beat) * RATE)
            out[first : first + len(hit)] += hit
        return out * (0.6 / np.abs(out).max())

    return render
