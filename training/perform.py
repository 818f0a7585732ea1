"""From a score to sound: each hit's samples on its part's bus, then the mix and its master."""

from __future__ import annotations

import subprocess

import numpy as np
from numpy.typing import NDArray
from scipy.signal import fftconvolve, lfilter

import synths
from score import Hit, Score
from sounds import RATE, Bank

Rng = np.random.Generator
Samples = NDArray[np.float32]
_DRUMS = {"kick", "snare", "closed", "open", "ride", "crash", "tom"}
_LEVELS = {
    "kick": 1.0,
    "snare": 0.8,
    "closed": 0.35,
    "open": 0.35,
    "ride": 0.35,
    "crash": 0.5,
    "tom": 0.7,
    "bass": 0.7,
    "chords": 0.3,
    "second": 0.25,
    "pad": 0.22,
    "lead": 0.4,
    "voice": 0.5,
    "percussion": 0.4,
    "effects": 0.3,
}
_RATIO_SPREAD = 0.12
_MP3_DELAY = 1105


def perform(score: Score, bank: Bank, seed: int) -> Samples:
    """Return the sound of a score, float32 [shape=(n,)] at 24 kHz, mono.

    Args:
        score: What to play.
        bank: The instruments.
        seed: Of the mix: levels, rooms, effects.
    """
    rng = np.random.default_rng([seed, 2])
    count = int(score.seconds * RATE)
    buses = _buses(score, bank, rng, count)
    mixed = _mix(buses, score, rng, count)
    return master(mixed, rng)


def _buses(score: Score, bank: Bank, rng: Rng, count: int) -> dict[str, Samples]:
    """Return each part's sound."""
    buses: dict[str, Samples] = {}
    drums: dict[str, Samples] = {}
    colour = rng.uniform(0, 1)
    tuned = rng.uniform(-0.4, 0.4) if rng.random() < 0.2 else 0.0
    for hit in score.hits:
        if hit.part not in buses:
            buses[hit.part] = np.zeros(count, np.float32)
        shot = hit.sound[:2] in {"d:", "k0", "k8", "k1", "k2", "k3", "k4"}
        if shot and hit.sound not in drums:
            drums[hit.sound] = _drum(hit.sound, bank, rng)
        sound = drums[hit.sound] if shot else _sound(hit, bank, rng, colour, tuned)
        _lay(buses[hit.part], sound, hit.start, hit.gain)
    return buses


def _drum(name: str, bank: Bank, rng: Rng) -> Samples:
    """Return the stroke that a song uses for one drum."""
    if name.startswith("d:"):
        return synths.drum(name[2:], rng)
    kit, key = name.split(":")
    sound = bank.shot(kit, int(key), float(np.exp(rng.normal(0, _RATIO_SPREAD))))
    if rng.random() < 0.4:
        sound = sound * np.exp(-np.arange(len(sound)) / (rng.uniform(0.05, 0.4) * RATE))
    return sound.astype(np.float32)


def _sound(hit: Hit, bank: Bank, rng: Rng, colour: float, tuned: float) -> Samples:
    """Return a note, a spoken line or a riser."""
    if hit.sound == "riser":
        return synths.riser(hit.length, rng)
    if hit.sound == "say":
        return bank.shot("say", int(hit.pitch), float(rng.uniform(0.8, 1.3)))
    if hit.sound.startswith("t:"):
        return synths.tone(hit.sound[2:], hit.pitch + tuned, min(hit.length, 4.0), colour)
    return bank.note(hit.sound, hit.pitch + tuned, hit.length)


def _lay(bus: Samples, sound: Samples, start: float, gain: float) -> None:
    """Add a sound to a bus; what lies before the file's start is cut off."""
    first = round(start * RATE)
    if first < 0:
        sound, first = sound[-first:], 0
    room = min(len(sound), len(bus) - first)
    if room > 0:
        bus[first : first + room] += sound[:room] * np.float32(gain)


def _mix(buses: dict[str, Samples], score: Score, rng: Rng, count: int) -> Samples:
    """Return all parts together: random levels, a room, ducking under the kick."""
    duck = _ducking(score, rng, count) if rng.random() < 0.25 else None
    out, wet = np.zeros(count, np.float32), np.zeros(count, np.float32)
    drum_db = rng.normal(0, 4)
    send = rng.uniform(0, 0.35)
    for name, bus in sorted(buses.items()):
        loud = 0.25 if name in _DRUMS else _loudness(bus)
        level = _LEVELS[name] * 10 ** (rng.normal(0, 4) / 20)
        level *= 10 ** (drum_db / 20) if name in _DRUMS else 0.25 / (loud + 1e-6)
        part = bus * np.float32(level)
        if name in {"chords", "second"} and rng.random() < 0.3:
            part = np.tanh(part * 4) / 4
        if duck is not None and name in {"bass", "chords", "second", "pad", "lead"}:
            part = part * duck
        out += part
        wet += part * np.float32(send * rng.uniform(0, 1) * (0.2 if name == "kick" else 1))
    if send > 0.08:
        out += _room(wet, rng)
    return out


def _loudness(bus: Samples) -> float:
    """Return the RMS of what sounds on a bus; 1 where nothing does."""
    sounding = bus[np.abs(bus) > 1e-4]
    return float(np.sqrt(np.mean(sounding**2))) if len(sounding) else 1.0


def _ducking(score: Score, rng: Rng, count: int) -> Samples:
    """Return the gain of a compressor keyed by the kick."""
    gain = np.ones(count, np.float32)
    long = int(rng.uniform(0.1, 0.35) * RATE)
    shape = 1 - rng.uniform(0.4, 0.95) * (1 - np.arange(long) / long)
    for hit in score.hits:
        if hit.part == "kick":
            first = max(0, round(hit.start * RATE))
            room = max(0, min(long, count - first))
            gain[first : first + room] = np.minimum(gain[first : first + room], shape[:room])
    return gain


def _room(dry: Samples, rng: Rng) -> Samples:
    """Return the reverberation of a random room, or an echo."""
    if rng.random() < 0.15:
        late, feedback = int(rng.uniform(0.15, 0.5) * RATE), rng.uniform(0.2, 0.5)
        echo = np.zeros_like(dry)
        for tap in range(1, 6):
            echo[tap * late :] += dry[: -tap * late] * np.float32(feedback ** (tap - 1))
        return echo
    seconds = rng.uniform(0.2, 2.0)
    time = np.arange(int(seconds * RATE)) / RATE
    tail = rng.standard_normal(len(time)) * np.exp(-time * 6.9 / seconds)
    tail[0 : int(0.01 * RATE)] = 0
    tail /= np.sqrt(np.sum(tail**2))
    return np.asarray(fftconvolve(dry, tail)[: len(dry)], np.float32)


def master(samples: Samples, rng: Rng) -> Samples:
    """Return a mix as it would be released: tone, compression, clipping, codec, noise."""
    if rng.random() < 0.7:
        samples = _equalised(samples, rng)
    samples = samples / (np.percentile(np.abs(samples), 99.9) + 1e-6)
    if rng.random() < 0.8:
        samples = _compressed(samples, rng)
    if rng.random() < 0.5:
        drive = rng.uniform(1, 5)
        samples = np.tanh(samples * drive) / np.tanh(drive)
    if rng.random() < 0.1:
        samples = samples + rng.standard_normal(len(samples)) * 10 ** rng.uniform(-4, -2)
    if rng.random() < 0.1:
        samples = samples * np.clip(np.linspace(0, rng.uniform(2, 12), len(samples)), 0, 1)
    samples = np.clip(samples * 0.7, -1, 1).astype(np.float32)
    return through_mp3(samples, int(rng.choice([32, 48, 64]))) if rng.random() < 0.05 else samples


def _equalised(samples: Samples, rng: Rng) -> Samples:
    """Return samples through a smooth random curve over octaves, at times without the extremes."""
    size = 1 << int(np.ceil(np.log2(len(samples))))
    spectrum = np.fft.rfft(samples, size)
    hertz = np.fft.rfftfreq(size, 1 / RATE)
    octaves = np.log2(np.maximum(hertz, 20) / 20)
    curve = np.interp(octaves, np.linspace(0, 9.3, 7), rng.normal(0, 5, 7))
    if rng.random() < 0.15:
        curve -= 24 * np.maximum(0, np.log2(np.maximum(hertz, 1) / rng.uniform(2500, 8000)))
    if rng.random() < 0.15:
        curve -= 24 * np.maximum(0, np.log2(rng.uniform(60, 250) / np.maximum(hertz, 1)))
    return np.fft.irfft(spectrum * 10 ** (curve / 20), size)[: len(samples)].astype(np.float32)


def _compressed(samples: Samples, rng: Rng) -> Samples:
    """Return samples with their loud moments held down, 5 ms at a time."""
    block = RATE // 200
    whole = -(-len(samples) // block)
    padded = np.pad(samples, (0, whole * block - len(samples)))
    level = np.abs(padded).reshape(whole, block).max(axis=1)
    release = np.exp(-0.005 / rng.uniform(0.05, 0.4))
    smooth = np.maximum(level, lfilter([1 - release], [1, -release], level))
    over = np.maximum(smooth / rng.uniform(0.05, 0.5), 1)
    gain = over ** -(1 - 1 / rng.uniform(1.5, 10))
    spread = np.interp(np.arange(len(samples)), (np.arange(whole) + 0.5) * block, gain)
    return (samples * spread).astype(np.float32)


def through_mp3(samples: Samples, kbps: int) -> Samples:
    """Return what an MP3 encoder leaves of samples, without the delay that the two steps add.

    A stream through a pipe cannot say how long the delay is; measured, it is the same at all rates.
    """
    raw = ["-f", "f32le", "-ar", str(RATE), "-ac", "1"]
    quiet = ["ffmpeg", "-v", "error"]
    coded = subprocess.run(
        [*quiet, *raw, "-i", "-", "-b:a", f"{kbps}k", "-f", "mp3", "-"],
        input=samples.tobytes(),
        check=True,
        capture_output=True,
    ).stdout
    back = subprocess.run(
        [*quiet, "-f", "mp3", "-i", "-", *raw, "-"], input=coded, check=True, capture_output=True
    ).stdout
    decoded = np.frombuffer(back, np.float32)[_MP3_DELAY:]
    return np.pad(decoded, (0, max(0, len(samples) - len(decoded))))[: len(samples)]
