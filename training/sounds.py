"""The instruments that the made-up songs are played on: one-shots, so that a note starts exactly.

Sampled ones come from the FluidR3 General MIDI soundfont (Debian's fluid-soundfont-gm, MIT
licence), rendered once by fluidsynth; sung vowels, waves and drum machines are computed; spoken
lines are espeak-ng's. All are mono at 24 kHz.
"""

from __future__ import annotations

import struct
import subprocess
import tempfile
import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

RATE = 24000
SOUNDFONT = "/usr/share/sounds/sf2/FluidR3_GM.sf2"
KITS = (0, 8, 16, 24, 25, 32, 40)
DRUM_KEYS = range(35, 82)
BASSES = tuple(range(32, 40))
PROGRAMS = (
    *(0, 1, 2, 4, 5, 6, 7, 8, 11, 12, 13, 15, 16, 17, 18, 19, 21, 22, 24, 25, 26, 27, 28, 29, 30),
    *(40, 41, 42, 44, 45, 46, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 59, 60, 61, 62, 63, 65, 66),
    *(68, 70, 71, 72, 73, 74, 75, 78, 79, 80, 81, 84, 85, 87, 88, 89, 90, 91, 95, 104, 105, 107),
    *(108, 110, 112, 114),
)
_NOTE_MS, _DRUM_MS = 2400, 1200
_STEP = 4
_BASS_NOTES = range(26, 55, _STEP)
_NOTES = range(40, 89, _STEP)
_VOWEL_NOTES = range(43, 80, 3)
_VOWELS = {
    "a": ((730, 1.0), (1090, 0.6), (2440, 0.2)),
    "e": ((530, 1.0), (1840, 0.5), (2480, 0.3)),
    "i": ((270, 1.0), (2290, 0.4), (3010, 0.3)),
    "o": ((570, 1.0), (840, 0.7), (2410, 0.1)),
    "u": ((300, 1.0), (870, 0.4), (2240, 0.1)),
}
_LINES = (
    "I was walking down the road tonight",
    "never let me go again",
    "oh baby come on",
    "we are the ones who run",
    "drop the beat and move your feet",
    "everybody in the house say yeah",
    "falling through the empty sky",
    "what you gonna do when the morning comes",
    "one more time around the sun",
    "listen to the sound of the city and the rain on the window",
    "go go go",
    "the quick brown fox jumps over the lazy dog again and again",
)
_VOICES = ("en-us", "en-us+f2", "en-us+m3", "en-gb+f4")

Samples = NDArray[np.float32]


class Bank:
    """One-shots by name: ``p24`` program 24, ``va`` a sung a, ``k0`` kit 0, ``say`` lines."""

    def __init__(self, kept: dict[str, NDArray[np.int16]], keys: dict[str, NDArray[np.int64]]):
        self._kept, self._keys = kept, keys

    @classmethod
    def load(cls, folder: Path) -> Bank:
        """Return the bank kept in a folder, built there first if it is not."""
        path = folder / "bank.npz"
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True)
            _build(path)
        with np.load(path) as data:
            names = [n for n in data.files if not n.endswith(".keys")]
            return cls({n: data[n] for n in names}, {n: data[n + ".keys"] for n in names})

    def note(self, name: str, pitch: float, seconds: float) -> Samples:
        """Return a note of an instrument, its nearest sample retuned, damped after ``seconds``."""
        keys = self._keys[name]
        index = int(np.argmin(np.abs(keys - pitch)))
        ratio = 2 ** ((pitch - keys[index]) / 12)
        source = self._kept[name][index]
        count = min(int((seconds + 0.25) * RATE), int((len(source) - 2) / ratio))
        return _damped(_read(source, ratio, count), seconds)

    def shot(self, name: str, key: int, ratio: float) -> Samples:
        """Return a drum of a kit or a spoken line, played ``ratio`` times as fast."""
        where = np.flatnonzero(self._keys[name] == key)
        source = self._kept[name][where[0] if len(where) else 0]
        return _read(source, ratio, int((len(source) - 2) / ratio))

    def lines(self) -> int:
        """Return the number of spoken lines."""
        return len(self._keys["say"])


def _read(source: NDArray[np.int16], ratio: float, count: int) -> Samples:
    """Return ``count`` samples of a source read ``ratio`` times as fast."""
    at = np.arange(count, dtype=np.float32) * np.float32(ratio)
    whole = at.astype(np.int32)
    part = at - whole
    left, right = source[whole].astype(np.float32), source[whole + 1].astype(np.float32)
    return (left + (right - left) * part) / np.float32(32768)


def _damped(samples: Samples, seconds: float) -> Samples:
    """Return samples that fade out over the quarter second after ``seconds``."""
    start = min(int(seconds * RATE), len(samples))
    rest = len(samples) - start
    if rest > 0:
        samples[start:] *= np.exp(-np.arange(rest, dtype=np.float32) / (0.04 * RATE))
    return samples


def _build(path: Path) -> None:
    """Render every one-shot and write the bank."""
    kept: dict[str, NDArray[np.int16]] = {}
    for program in PROGRAMS + BASSES:
        notes = _BASS_NOTES if program in BASSES else _NOTES
        _keep(kept, f"p{program}", _sampled(program, notes, _NOTE_MS, channel=0), list(notes))
    for kit in KITS:
        _keep(kept, f"k{kit}", _sampled(kit, DRUM_KEYS, _DRUM_MS, channel=9), list(DRUM_KEYS))
    for vowel in _VOWELS:
        sung = [_vowel(vowel, n) for n in _VOWEL_NOTES]
        _keep(kept, f"v{vowel}", np.stack(sung), list(_VOWEL_NOTES))
    said = [_spoken(line, voice) for line in _LINES for voice in _VOICES]
    longest = max(map(len, said))
    padded = np.stack([np.pad(s, (0, longest - len(s))) for s in said])
    _keep(kept, "say", padded, list(range(len(said))))
    np.savez(path, **kept)


def _keep(kept: dict, name: str, sounds: NDArray[np.float32], keys: list[int]) -> None:
    """Store sounds of one instrument, the loudest at full scale."""
    peak = np.percentile(np.abs(sounds).max(axis=1), 75) + 1e-9
    kept[name] = np.clip(sounds / peak * 20000, -32767, 32767).astype(np.int16)
    kept[name + ".keys"] = np.asarray(keys, np.int64)


def _sampled(program: int, notes: range, slot_ms: int, channel: int) -> Samples:
    """Return one row a note, rendered by fluidsynth in slots that start on its 64-sample blocks."""
    events = b"".join(
        [b"\x00" + bytes([0xC0 | channel, program])]
        + [
            b"\x00"
            + bytes([0x90 | channel, note, 110])
            + _delta(slot_ms - 300)
            + bytes([0x80 | channel, note, 0])
            + _delta(300)
            + bytes([0xB0 | channel, 120, 0])
            for note in notes
        ]
    )
    tempo = b"\x00\xff\x51\x03" + (1_000_000).to_bytes(3, "big")
    track = tempo + events + b"\x00\xff\x2f\x00"
    with tempfile.TemporaryDirectory() as folder:
        song, sound = Path(folder) / "notes.mid", Path(folder) / "notes.wav"
        head = b"MThd" + struct.pack(">IHHH", 6, 0, 1, 1000)
        song.write_bytes(head + b"MTrk" + struct.pack(">I", len(track)) + track)
        flags = ["-ni", "-R", "0", "-C", "0", "-g", "0.6", "-r", str(RATE), "-F", str(sound)]
        subprocess.run(
            ["fluidsynth", *flags, SOUNDFONT, str(song)], check=True, capture_output=True
        )
        samples = _mono(sound)
    slot = slot_ms * RATE // 1000
    samples = np.pad(samples, (0, max(0, slot * len(notes) - len(samples))))
    return samples[: slot * len(notes)].reshape(len(notes), slot)


def _delta(ticks: int) -> bytes:
    """Return a MIDI variable-length number."""
    return bytes([0x80 | ticks >> 7, ticks & 0x7F]) if ticks > 127 else bytes([ticks])


def _mono(path: Path) -> Samples:
    """Return the middle of a 16-bit WAV file."""
    with wave.open(str(path)) as sound:
        data = np.frombuffer(sound.readframes(sound.getnframes()), np.int16)
        return data.reshape(-1, sound.getnchannels()).mean(axis=1).astype(np.float32) / 32768


def _spoken(line: str, voice: str) -> Samples:
    """Return a line said by espeak-ng, from its first sound on."""
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        subprocess.run(["espeak-ng", "-v", voice, "-w", file.name, line], check=True)
        samples = _mono(Path(file.name))
    loud = np.flatnonzero(np.abs(samples) > 0.02)
    return samples[loud[0] : loud[-1] + 1]


def _vowel(vowel: str, note: int) -> Samples:
    """Return a sung vowel: a soft attack, vibrato, three formants."""
    count = _NOTE_MS * RATE // 1000
    time = np.arange(count) / RATE
    rng = np.random.default_rng(note)
    cents = 35 * np.sin(2 * np.pi * 5.5 * time) * np.clip(time * 2 - 0.4, 0, 1)
    hertz = 440 * 2 ** ((note - 69 + cents / 100 - np.exp(-time / 0.03)) / 12)
    phase = np.cumsum(hertz) / RATE % 1
    source = phase - 0.5 + 0.05 * rng.standard_normal(count)
    out = np.zeros(count)
    for centre, gain in _VOWELS[vowel]:
        radius = np.exp(-np.pi * 90 / RATE)
        turn = 2 * np.pi * centre / RATE
        out += gain * lfilter([1 - radius], [1, -2 * radius * np.cos(turn), radius**2], source)
    return (out * np.clip(time / 0.04, 0, 1)).astype(np.float32)
