"""The band in numpy: drums, bass, supersaws, bells and risers, each as a short sound.

Every function returns float64 samples at 44.1 kHz; stereo ones have the shape (samples, 2).
"""

from __future__ import annotations

import numpy as np
from scipy.signal import butter, fftconvolve, sosfilt

RATE = 44100


def _time(seconds: float) -> np.ndarray:
    return np.arange(round(seconds * RATE)) / RATE


def band(x: np.ndarray, low: float | None, high: float | None, order: int = 2) -> np.ndarray:
    """Return the sound between two frequencies (None: open end)."""
    if low and high:
        sos = butter(order, (low, high), "bandpass", fs=RATE, output="sos")
    elif low:
        sos = butter(order, low, "highpass", fs=RATE, output="sos")
    else:
        sos = butter(order, high, "lowpass", fs=RATE, output="sos")
    return sosfilt(sos, x, axis=0)


def sweep_lowpass(x: np.ndarray, cutoff: np.ndarray, resonance: float = 0.0) -> np.ndarray:
    """Return the sound under a moving cutoff (Hz, one value a sample), block by block."""
    size, hop = 2048, 512
    window = np.hanning(size + 1)[:-1]
    padded = np.concatenate([np.zeros((size, *x.shape[1:])), x, np.zeros((size, *x.shape[1:]))])
    out = np.zeros_like(padded)
    f = np.fft.rfftfreq(size, 1 / RATE)
    for at in range(0, len(padded) - size, hop):
        middle = min(max(at - size // 2, 0), len(cutoff) - 1)
        ratio = f / cutoff[middle]
        gain = 1 / np.sqrt(1 + ratio**8) * (1 + resonance * np.exp(-(((ratio - 1) / 0.25) ** 2)))
        block = padded[at : at + size]
        shape = (slice(None),) + (None,) * (x.ndim - 1)
        spectrum = np.fft.rfft(block * window[shape], axis=0) * gain[shape]
        out[at : at + size] += np.fft.irfft(spectrum, size, axis=0)
    return out[size : size + len(x)] / 2.0


def kick(punch: float = 1.0) -> np.ndarray:
    t = _time(0.34)
    hertz = 47 + 110 * np.exp(-t / 0.028) + 300 * np.exp(-t / 0.004)
    body = np.sin(2 * np.pi * np.cumsum(hertz) / RATE) * np.exp(-t / 0.13)
    body *= np.clip((0.34 - t) / 0.04, 0, 1)
    click = np.sin(2 * np.pi * 2900 * t) * np.exp(-t / 0.0022)
    click += 0.7 * np.sin(2 * np.pi * 1300 * t) * np.exp(-t / 0.005)
    return (np.tanh(1.7 * body) + 0.5 * click) * punch


def clap(rng: np.random.Generator) -> np.ndarray:
    t = _time(0.28)
    envelope = np.exp(-t / 0.075)
    for at in (0.0, 0.011, 0.021):
        envelope += 1.2 * np.exp(-np.abs(t - at) / 0.0035)
    noise = rng.standard_normal((len(t), 2)) * 0.45 + rng.standard_normal((len(t), 1)) * 0.7
    return band(noise, 850, 5200, 1) * envelope[:, None] * 0.5


def snare(rng: np.random.Generator) -> np.ndarray:
    t = _time(0.2)
    tone = np.sin(2 * np.pi * np.cumsum(185 + 90 * np.exp(-t / 0.012)) / RATE) * np.exp(-t / 0.06)
    return 0.5 * tone + 0.45 * band(rng.standard_normal(len(t)), 1200, 9000) * np.exp(-t / 0.07)


def hat(rng: np.random.Generator, decay: float = 0.03) -> np.ndarray:
    t = _time(max(0.08, decay * 5))
    metal = sum(np.sign(np.sin(2 * np.pi * f * t)) for f in (3170, 4220, 5380, 6510, 8140))
    noise = rng.standard_normal(len(t)) + 0.25 * metal
    return band(noise, 7200, None, 3) * np.exp(-t / decay) * 0.35


def crash(rng: np.random.Generator, seconds: float = 2.4) -> np.ndarray:
    t = _time(seconds)
    noise = rng.standard_normal((len(t), 2))
    envelope = np.exp(-t / 0.55) * np.clip(t / 0.002, 0, 1)
    return band(noise, 3200, 14000, 1) * envelope[:, None] * 0.4


def reverse_swell(rng: np.random.Generator, seconds: float) -> np.ndarray:
    """Return a cymbal played backwards that ends on the beat."""
    return crash(rng, seconds)[::-1] * np.linspace(0, 1, round(seconds * RATE))[:, None] ** 0.5


def riser(rng: np.random.Generator, seconds: float) -> np.ndarray:
    t = _time(seconds)
    u = t / seconds
    noise = rng.standard_normal((len(t), 2))
    swept = sweep_lowpass(band(noise, 400, None), 400 * 2 ** (5.2 * u), 2.0)
    hertz = 220 * 2 ** (2 * u**1.6)
    phase = np.cumsum(hertz) / RATE
    tone = sum(2 * ((phase * d) % 1) - 1 for d in (0.995, 1.0, 1.006)) / 3
    tone = band(tone, 300, 5000)
    gate = 0.6 + 0.4 * np.cos(2 * np.pi * np.cumsum(2.13 * 2 ** np.floor(u * 3.999)) / RATE * 1.0)
    return (0.55 * swept + 0.35 * (tone * gate)[:, None]) * (u**1.7)[:, None]


def impact(rng: np.random.Generator) -> np.ndarray:
    t = _time(2.2)
    boom = np.sin(2 * np.pi * np.cumsum(36 + 50 * np.exp(-t / 0.15)) / RATE) * np.exp(-t / 0.6)
    return boom * 0.8 + band(rng.standard_normal(len(t)), 120, 900) * np.exp(-t / 0.25) * 0.3


_TABLE_SIZE = 4096


def _saw(hertz: float, seconds: float, phase: float) -> np.ndarray:
    """Return a band-limited saw."""
    harmonics = max(1, int(15000 / hertz))
    x = np.arange(_TABLE_SIZE + 1) / _TABLE_SIZE
    k = np.arange(1, min(harmonics, 120) + 1)
    table = (np.sin(2 * np.pi * x[:, None] * k) / k).sum(1) * (2 / np.pi)
    position = (phase + hertz * _time(seconds)) % 1
    return np.interp(position * _TABLE_SIZE, np.arange(_TABLE_SIZE + 1), table)


def hertz_of(midi: float) -> float:
    return 440.0 * 2 ** ((midi - 69) / 12)


def supersaw(midi: float, seconds: float, rng: np.random.Generator, voices: int = 7) -> np.ndarray:
    """Return detuned saws spread over the stereo field."""
    out = np.zeros((round(seconds * RATE), 2))
    for detune, pan in zip(np.linspace(-13, 13, voices), np.linspace(-1, 1, voices), strict=True):
        voice = _saw(hertz_of(midi + detune / 100), seconds, rng.random())
        # Alternate sides, so that sharp and flat voices are on both; the middle is the singer's.
        side = (0.3 + 0.7 * abs(pan)) * (1 if (round(detune) % 2) == (pan > 0) else -1)
        out[:, 0] += voice * np.sqrt(0.5 - 0.45 * side)
        out[:, 1] += voice * np.sqrt(0.5 + 0.45 * side)
    return out / np.sqrt(voices) * edges(len(out), 0.004, 0.03)[:, None]


def bass(midi: float, seconds: float, cutoff: float = 700) -> np.ndarray:
    t = _time(seconds)
    f = hertz_of(midi)
    saw = 0.5 * (_saw(f, seconds, 0.0) + _saw(f * 1.004, seconds, 0.25))
    growl = sweep_lowpass(saw, cutoff * (0.6 + 1.4 * np.exp(-t / 0.09)), 0.6)
    sub = np.sin(2 * np.pi * f * t)
    return np.tanh(0.9 * sub + 0.8 * growl) * edges(len(t), 0.004, 0.02) * np.exp(-t / 1.6)


def bell(midi: float, seconds: float = 0.6, bright: float = 2.2) -> np.ndarray:
    t = _time(seconds)
    f = hertz_of(midi)
    depth = bright * np.exp(-t / 0.09)
    tone = np.sin(2 * np.pi * f * t + depth * np.sin(2 * np.pi * 3.0 * f * t))
    tone += 0.35 * np.sin(2 * np.pi * 2 * f * t) * np.exp(-t / 0.15)
    return tone * np.exp(-t / (0.3 * seconds)) * edges(len(t), 0.002, 0.03)


def lead(midi: float, seconds: float, rng: np.random.Generator) -> np.ndarray:
    t = _time(seconds)
    vibrato = 1 + 0.004 * np.sin(2 * np.pi * 5.4 * t) * np.clip((t - 0.15) / 0.2, 0, 1)
    phase = np.cumsum(hertz_of(midi) * vibrato) / RATE
    square = (
        np.sin(2 * np.pi * phase) + np.sin(6 * np.pi * phase) / 3 + np.sin(10 * np.pi * phase) / 5
    )
    wide = supersaw(midi + 12, seconds, rng, 5)
    mono = square * edges(len(t), 0.006, 0.05) * 0.5
    return band(0.7 * wide + 0.3 * mono[:, None], 250, 7500, 1)


def edges(samples: int, attack: float, release: float) -> np.ndarray:
    """Return an envelope of 1 with soft ends."""
    out = np.ones(samples)
    a, r = min(samples // 2, round(attack * RATE)), min(samples // 2, round(release * RATE))
    out[:a] *= np.linspace(0, 1, a)
    out[samples - r :] *= np.linspace(1, 0, r)
    return out


def room(x: np.ndarray, seconds: float, seed: int, predelay: float = 0.02) -> np.ndarray:
    """Return the reverberation of a mono or stereo sound, stereo, without the sound itself."""
    rng = np.random.default_rng(seed)
    t = _time(seconds * 1.6)
    decay = np.exp(-t * 6.9 / seconds)[:, None]
    tail = rng.standard_normal((len(t), 2)) * decay * np.clip(t / 0.008, 0, 1)[:, None]
    tail = band(tail, 260, 6500, 1) / np.sqrt(np.sum(decay**2))
    tail = np.concatenate([np.zeros((round(predelay * RATE), 2)), tail])
    stereo = x if x.ndim == 2 else np.stack([x, x], 1)
    return fftconvolve(stereo, tail, axes=0)[: len(x)]
