"""A singer in numpy: a glottal source through moving formants, with consonants and vibrato.

The voice is a sum of harmonics of a gliding pitch. Each harmonic's complex amplitude is the
source's slope times the response of five resonators (the formants) at its frequency, so vowels
move smoothly and no filter has to be swept. Breath and consonants are noise shaped frame by
frame in the spectrum.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from make.score import Note, Phrase, seconds
from scipy.ndimage import gaussian_filter1d
from scipy.signal import istft, stft

RATE = 44100
CONTROL = 400  # control frames per second

VOWELS = {
    "a": (860, 1420, 2900, 3900, 4950),
    "i": (340, 2650, 3350, 4250, 5000),
    "u": (400, 1350, 2700, 3900, 4950),
    "e": (560, 2250, 3000, 4050, 5000),
    "o": (540, 980, 2850, 3850, 4950),
    "n": (300, 1500, 2500, 3600, 4800),
}
_BANDWIDTHS = (90.0, 110.0, 150.0, 220.0, 300.0)


@dataclass(frozen=True)
class Consonant:
    """How a syllable starts: seconds before the vowel, what sounds then, where formants start."""

    closure: float = 0.0  # seconds of closed mouth
    noise: float = 0.0  # seconds of noise after it
    level: float = 0.0  # of the noise
    centre: float = 4000.0  # of the noise, Hz
    width: float = 2000.0
    voiced: float = 0.0  # voice level during closure and noise
    locus: tuple[float, float] | None = None  # F1, F2 at release
    glide: float = 0.035  # seconds from locus to vowel


CONSONANTS = {
    "": Consonant(),
    "k": Consonant(0.045, 0.028, 0.5, 2300, 1200, locus=(300, 2100)),
    "g": Consonant(0.04, 0.012, 0.25, 2000, 1200, 0.2, (280, 2000)),
    "t": Consonant(0.045, 0.02, 0.55, 5200, 2800, locus=(300, 1900)),
    "d": Consonant(0.035, 0.01, 0.25, 4200, 2500, 0.22, (280, 1850)),
    "b": Consonant(0.045, 0.006, 0.15, 900, 900, 0.2, (280, 900)),
    "ch": Consonant(0.035, 0.055, 0.5, 4000, 1500, locus=(280, 2300)),
    "j": Consonant(0.025, 0.05, 0.3, 3800, 1500, 0.25, (280, 2300)),
    "s": Consonant(0.0, 0.1, 0.55, 7600, 2600, locus=(320, 1800)),
    "sh": Consonant(0.0, 0.1, 0.55, 4200, 1600, locus=(300, 2200)),
    "z": Consonant(0.0, 0.07, 0.3, 7000, 2500, 0.3, (300, 1800)),
    "h": Consonant(0.0, 0.07, 0.22, 1800, 1800),
    "n": Consonant(0.065, 0.0, 0.0, voiced=0.45, locus=(300, 1700)),
    "m": Consonant(0.065, 0.0, 0.0, voiced=0.42, locus=(280, 1050)),
    "r": Consonant(0.028, 0.0, 0.0, voiced=0.4, locus=(380, 1600), glide=0.045),
    "l": Consonant(0.05, 0.0, 0.0, voiced=0.5, locus=(380, 1500), glide=0.05),
    "y": Consonant(0.05, 0.0, 0.0, voiced=0.8, locus=(320, 2600), glide=0.09),
    "w": Consonant(0.05, 0.0, 0.0, voiced=0.7, locus=(350, 800), glide=0.09),
}


def split(syllable: str) -> tuple[str, str, str]:
    """Return the onset, vowel and coda of a syllable such as ``shi`` or ``on``."""
    place = next(i for i, c in enumerate(syllable) if c in "aiueo")
    return syllable[:place], syllable[place], syllable[place + 1 :]


@dataclass
class Controls:
    """Everything that moves in the voice, at CONTROL frames per second."""

    pitch: np.ndarray
    voiced: np.ndarray
    formants: np.ndarray  # [frames, 5]
    noise: np.ndarray
    centre: np.ndarray
    width: np.ndarray
    openness: np.ndarray  # 0..1, for whoever draws the mouth
    vowel: list[str] = field(default_factory=list)

    @classmethod
    def silent(cls, frames: int) -> Controls:
        formants = np.tile(np.array(VOWELS["u"], float), (frames, 1))
        zeros = [np.zeros(frames) for _ in range(4)]
        return cls(
            np.full(frames, 62.0), zeros[0], formants, zeros[1],
            np.full(frames, 4000.0), np.full(frames, 2000.0), zeros[2], [""] * frames,
        )  # fmt: skip


_OPEN = {"a": 1.0, "e": 0.62, "o": 0.7, "i": 0.42, "u": 0.34}


def _frame(time: float) -> int:
    return round(time * CONTROL)


def _write_note(c: Controls, note: Note, first: bool, last: bool, transpose: float) -> None:
    onset, vowel, coda = split(note.syllable)
    spec = CONSONANTS[onset]
    start, end = seconds(note.beat), seconds(note.beat + note.beats)
    a, b = _frame(start), _frame(end)
    closed = _frame(start - spec.noise - spec.closure)
    burst = _frame(start - spec.noise)
    c.pitch[closed:] = note.pitch + transpose
    if first:  # a scoop into the first note
        scoop = np.exp(-np.arange(40) / 14.0) * -1.2
        c.pitch[a : a + 40] += scoop
    c.voiced[closed:a] = spec.voiced
    c.noise[burst:a] = spec.level
    c.centre[closed - 4 : a + 4], c.width[closed - 4 : a + 4] = spec.centre, spec.width
    level = np.full(b - a, 1.0)
    length = len(level)
    level *= 1.0 - 0.22 * np.linspace(0, 1, length) ** 2
    if last:
        fade = min(length, _frame(0.16))
        level[-fade:] *= np.cos(np.linspace(0, np.pi / 2, fade))
    c.voiced[a:b] = level
    target = np.array(VOWELS[vowel], float)
    c.formants[a:b] = target
    c.vowel[a:b] = [vowel] * (b - a)
    c.openness[a:b] = _OPEN[vowel] * level
    c.openness[closed:a] = 0.0 if onset in "mb" and onset else 0.12
    if spec.locus is not None:
        c.formants[closed:a, :2], c.formants[closed:a, 2:] = spec.locus, target[2:]
        glide = _frame(spec.glide)
        mix = np.linspace(0, 1, glide)[: b - a, None]
        c.formants[a : a + len(mix), :2] = (1 - mix) * spec.locus + mix * target[:2]
    else:
        c.formants[closed:a] = target
    if coda == "n":
        tail = max(a + 10, b - _frame(0.09))
        c.formants[tail:b], c.voiced[tail:b], c.openness[tail:b] = VOWELS["n"], 0.5, 0.1


def controls(
    phrases: list[Phrase], length: float, seed: int, transpose: float = 0.0, harmony=None
) -> Controls:
    """Return the movements of a voice that sings these phrases."""
    rng = np.random.default_rng(seed)
    frames = _frame(length)
    c = Controls.silent(frames)
    for phrase in phrases:
        for i, note in enumerate(phrase.notes):
            moved = note if harmony is None else Note(
                note.beat, note.beats, harmony(note.pitch), note.syllable
            )  # fmt: skip
            _write_note(c, moved, i == 0, i == len(phrase.notes) - 1, transpose)
    vibrato = _vibrato(phrases, frames, rng)
    drift = gaussian_filter1d(rng.standard_normal(frames), 30) * 0.35
    jitter = gaussian_filter1d(rng.standard_normal(frames), 4) * 0.06
    c.pitch = gaussian_filter1d(c.pitch, 12) + vibrato + drift + jitter
    c.voiced = gaussian_filter1d(c.voiced, 2.2)
    c.noise = gaussian_filter1d(c.noise, 1.4)
    c.formants = gaussian_filter1d(c.formants, 4.5, axis=0) * 1.06
    c.openness = gaussian_filter1d(c.openness, 9)
    return c


def _vibrato(phrases: list[Phrase], frames: int, rng: np.random.Generator) -> np.ndarray:
    out = np.zeros(frames)
    for phrase in phrases:
        for note in phrase.notes:
            a = _frame(seconds(note.beat))
            b = _frame(seconds(note.beat + note.beats))
            t = np.arange(b - a) / CONTROL
            depth = np.clip((t - 0.14) / 0.25, 0, 1) * 0.5
            rate = 5.5 + 0.3 * rng.standard_normal()
            out[a:b] = depth * np.sin(2 * np.pi * rate * t)
    return gaussian_filter1d(out, 3)


def _response(formants: np.ndarray, hertz: np.ndarray) -> np.ndarray:
    """Return the complex response of the cascade of formants, unity at 0 Hz."""
    response = np.ones(hertz.shape, complex)
    for i, bandwidth in enumerate(_BANDWIDTHS):
        centre = formants[:, i]
        response *= centre**2 / (centre**2 - hertz**2 + 1j * bandwidth * hertz * 1.15)
    return response


def sing(c: Controls, seed: int, breath: float = 0.05, bright: float = 1.0) -> np.ndarray:
    """Return the voice, mono float64 at RATE, peak near 1."""
    rng = np.random.default_rng(seed)
    frames = len(c.pitch)
    samples = frames * RATE // CONTROL
    t, control_t = np.arange(samples) / RATE, np.arange(frames) / CONTROL
    hertz = 440.0 * 2 ** ((c.pitch - 69) / 12)
    formants = c.formants.copy()
    # A singer opens the mouth when the pitch climbs above the first formant.
    formants[:, 0] = np.maximum(formants[:, 0], 1.04 * hertz)
    phase = 2 * np.pi * np.cumsum(np.interp(t, control_t, hertz)) / RATE
    out = np.zeros(samples)
    live = np.interp(t, control_t, c.voiced) > 1e-4
    live_t = t[live]
    for k in range(1, 64):
        f = k * hertz
        if f.min() > 15000:
            break
        slope = k ** -(1.05 + 0.25 * (1 - bright)) * np.clip((15000 - f) / 2000, 0, 1)
        # Higher poles keep real voices from falling as steeply as five resonators do.
        lift = np.minimum(1 + (f / 2600) ** 2, 14) ** 0.55
        amplitude = c.voiced * slope * lift * _response(formants, f)
        re = np.interp(live_t, control_t, amplitude.real)
        im = np.interp(live_t, control_t, amplitude.imag)
        out[live] += re * np.cos(k * phase[live]) - im * np.sin(k * phase[live])
    out /= np.percentile(np.abs(out[live]), 99.8)
    return out + _noises(c, formants, samples, breath, rng)


def _noises(c: Controls, formants, samples: int, breath: float, rng) -> np.ndarray:
    """Return breath through the vowel and the consonants' noise."""
    size, hop = 512, 128
    f, times, spectrum = stft(rng.standard_normal(samples), RATE, nperseg=size, noverlap=size - hop)
    index = np.clip((times * CONTROL).astype(int), 0, len(c.pitch) - 1)
    shape = np.zeros((len(f), len(times)))
    noisy = (c.voiced[index] > 1e-4) | (c.noise[index] > 1e-4)
    for j in np.flatnonzero(noisy):
        i = index[j]
        vowel = np.abs(_response(formants[i : i + 1].repeat(len(f), 0), f))
        vowel *= np.minimum(f / 1500, 1.6)
        band = np.exp(-0.5 * ((f - c.centre[i]) / (0.6 * c.width[i])) ** 2)
        shape[:, j] = breath * c.voiced[i] * vowel + 1.6 * c.noise[i] * band
    noise = istft(spectrum * shape, RATE, nperseg=size, noverlap=size - hop)[1][:samples]
    out = np.zeros(samples)
    out[: len(noise)] = noise
    return out
