"""The song as sound: arrangement, mix and master of what ``score`` wrote down."""

from __future__ import annotations

import numpy as np
from make import instruments as band
from make import voice
from make.score import BARS, BEAT, FORM, SECONDS, chord, phrases, seconds, third_below

RATE = band.RATE
SAMPLES = round(SECONDS * RATE)


class Track:
    """A stereo bus that sounds are placed on."""

    def __init__(self) -> None:
        self.samples = np.zeros((SAMPLES, 2))

    def add(self, beat: float, sound: np.ndarray, gain: float = 1.0, pan: float = 0.0) -> None:
        """Put a sound on a beat; pan -1 is left (mono sounds only)."""
        at = round(seconds(beat) * RATE)
        if sound.ndim == 1:
            angle = (pan + 1) * np.pi / 4
            sound = sound[:, None] * np.array([np.cos(angle), np.sin(angle)]) * np.sqrt(2)
        first, last = max(at, 0), min(at + len(sound), SAMPLES)
        self.samples[first:last] += gain * sound[first - at : last - at]


def section_of(bar: int) -> str:
    return next(name for name, first, bars in FORM if first <= bar < first + bars)


def kick_beats() -> list[float]:
    """Return every beat on which the kick falls."""
    out: list[float] = []
    for bar in range(BARS):
        b, name = 4.0 * bar, section_of(bar)
        if name == "verse":
            out += [b, b + 2.5] if bar % 2 == 0 else [b, b + 1.5, b + 2.5]
        elif name == "build" and bar < 14:  # the second half floats, so that the drop lands
            out += [b, b + 1, b + 2, b + 3]
        elif name == "chorus":
            out += [b, b + 1, b + 2, b + 3] + ([b + 3.5] if bar % 4 == 3 else [])
        elif name == "outro" and bar < 27:
            out += [b, b + 2.5]
        elif name == "intro":
            out += [b] if bar < 2 else [b, b + 2]
    return out


def drums(rng: np.random.Generator) -> tuple[Track, Track]:
    """Return the kick and everything else that is hit."""
    kicks, rest = Track(), Track()
    for beat in kick_beats():
        kicks.add(beat, band.kick(), 0.9)
    for bar in range(BARS):
        _hits(rest, 4.0 * bar, bar, section_of(bar), rng)
    _fills(rest, rng)
    return kicks, rest


def _hits(rest: Track, b: float, bar: int, name: str, rng: np.random.Generator) -> None:
    """Write one bar of claps and hats."""
    if name in ("verse", "chorus", "outro") and bar < 27:
        for beat in (b + 1, b + 3):
            rest.add(beat, band.clap(rng), 0.85 if name == "chorus" else 0.5)
            if name == "chorus":
                rest.add(beat, band.snare(rng), 0.4)
    if name == "verse" or (name == "outro" and bar < 27) or name == "intro":
        for i in range(8):
            gain = 0.11 if i % 2 else 0.22
            rest.add(b + i / 2, band.hat(rng, 0.022), gain, 0.25)
    if name == "chorus":
        for i in range(16):
            rest.add(b + i / 4, band.hat(rng, 0.018), (0.24, 0.07, 0.11, 0.08)[i % 4], 0.3)
        for i in range(4):
            rest.add(b + i + 0.5, band.hat(rng, 0.07), 0.15, -0.2)


def _fills(rest: Track, rng: np.random.Generator) -> None:
    """Write the build's roll, the crashes on section starts and the fills before them."""
    for bar, step in ((12, 1.0), (13, 0.5), (14, 0.25)):
        for i in range(int(4 / step)):
            u = (4 * (bar - 12) + i * step) / 16
            rest.add(4 * bar + i * step, band.snare(rng), 0.2 + 0.22 * u)
    for i in range(24):  # the last bar rolls in 32nds for three beats, then breath
        rest.add(60 + i / 8, band.snare(rng), 0.3 + 0.008 * i)
    for beat, gain in ((16, 0.6), (48, 0.45), (64, 1.0), (80, 0.7), (96, 0.8), (108, 0.5)):
        rest.add(beat, band.crash(rng), gain)
    rest.add(64, band.impact(rng), 0.8)
    rest.add(96, band.impact(rng), 0.5)
    for beat in (14.5, 15, 15.25, 15.5, 15.75, 46, 46.5, 47, 47.5, 94.5, 95, 95.25, 95.5, 95.75):
        rest.add(beat, band.snare(rng), 0.4)


def low_end() -> Track:
    """Return the bass line."""
    track = Track()
    for bar in range(BARS):
        root, _ = chord(bar)
        b, name = 4.0 * bar, section_of(bar)
        if name == "verse":
            for at, beats in ((0, 1.4), (1.5, 0.9), (2.5, 0.9), (3.5, 0.45)):
                track.add(b + at, band.bass(root, beats * BEAT, 420), 0.36)
        elif name == "build" and bar < 14:
            for i in range(8):
                track.add(b + i / 2, band.bass(root, 0.42 * BEAT, 350 + 90 * (bar - 12)), 0.3)
        elif name == "chorus":
            for i in range(4):
                track.add(b + i, band.bass(root, 0.42 * BEAT, 700), 0.42)
                high = root + (12 if i % 2 else 0)
                track.add(b + i + 0.5, band.bass(high, 0.46 * BEAT, 900), 0.36)
        elif name in ("outro", "intro") and bar != 27:
            track.add(b, band.bass(root, 3.8 * BEAT, 260), 0.3)
    track.add(108, band.bass(38, 5.0 * BEAT, 260), 0.3)
    return track


_STABS = (0.0, 1.0, 1.5, 2.5, 3.0)


def chords(rng: np.random.Generator) -> Track:
    """Return saw chords: a filtered bed that opens in the build and stabs in the chorus."""
    bed, stabs = Track(), Track()
    for bar in range(BARS):
        _, notes = chord(bar)
        b, name = 4.0 * bar, section_of(bar)
        beats = {26: 8.0, 27: 0.0}.get(bar, 4.0) - (1.0 if bar == 15 else 0.0)
        for note in notes if beats else ():
            gain = {"chorus": 0.1, "build": 0.12}.get(name, 0.105)
            bed.add(b, band.supersaw(note, beats * BEAT, rng), gain)
            if name == "chorus":
                for i, at in enumerate(_STABS):
                    length = ((*_STABS, 4.0))[i + 1] - at
                    stab = band.supersaw(note + 12, 0.8 * length * BEAT, rng, 5)
                    stabs.add(b + at, stab, 0.07)
    track = Track()
    track.samples = band.sweep_lowpass(bed.samples, _bed_cutoff(), 0.5) + stabs.samples
    return track


def _bed_cutoff() -> np.ndarray:
    points = ((0, 500), (15, 1500), (16, 750), (47, 950), (48, 900), (62, 7500), (63.9, 9000),
              (64, 5200), (95.9, 5200), (96, 2200), (112, 350))  # fmt: skip
    times = [seconds(b) for b, _ in points]
    octaves = np.interp(np.arange(SAMPLES) / RATE, times, [np.log2(hz) for _, hz in points])
    return 2.0**octaves


def arpeggio() -> Track:
    """Return the bells that run through intro, verse and chorus, with a stereo echo."""
    dry = Track()
    pattern = (0, 2, 1, 3, 2, 1, 3, 2)
    for bar in range(26):
        _, notes = chord(bar)
        name = section_of(bar)
        gain = {"intro": 0.16, "verse": 0.07, "build": 0.08, "chorus": 0.085, "outro": 0.13}[name]
        if bar == 15:
            continue
        for i in range(8):
            note = notes[pattern[i]] + 12 + (12 if i in (3, 6) else 0)
            dry.add(
                4 * bar + i / 2,
                band.bell(note),
                gain * (0.6 if i % 2 else 1.15),
                0.75 * (-1) ** (i // 2),
            )
    echo = np.zeros_like(dry.samples)
    step = round(0.75 * BEAT * RATE)
    for i in range(1, 4):
        sides = dry.samples[:, ::-1] if i % 2 else dry.samples
        echo[i * step :] += 0.42**i * sides[: -i * step]
    dry.samples += echo
    return dry


# The hook: answers the voice in the chorus, opens the song, and says goodbye.
_HOOK = (
    (0, 0.5, 74),
    (0.75, 0.5, 73),
    (1.5, 0.5, 74),
    (2, 0.5, 78),
    (2.5, 1.0, 76),
    (3.5, 0.5, 74),
)


def hook(rng: np.random.Generator) -> Track:
    track = Track()
    for start, gain in ((0, 0.12), (8, 0.14), (96, 0.17), (104, 0.1)):
        for at, beats, pitch in _HOOK:
            track.add(start + at, band.lead(pitch, beats * BEAT, rng), gain)
    for start in (70.5, 78, 86.5, 94):  # answers in the gaps between the lines
        for i, pitch in enumerate((78, 76, 74)):
            track.add(start + i / 2, band.lead(pitch + 0, 0.5 * BEAT, rng), 0.15)
    return track


def effects(rng: np.random.Generator) -> Track:
    track = Track()
    track.add(48, band.riser(rng, 15.0 * BEAT), 0.3)
    for beat, gain in ((0, 0.25), (16, 0.35), (48, 0.3), (64, 0.45), (96, 0.4)):
        length = min(1.5, seconds(beat))
        track.add(beat - length / BEAT, band.reverse_swell(rng, length), gain)
    return track


def pump(depth: float, release: float = 0.2) -> np.ndarray:
    """Return the gain of a side chain that ducks at every kick."""
    gain = np.ones(SAMPLES)
    t = np.arange(round(release * 1.8 * RATE)) / RATE
    dip = 1 - depth * np.clip(1 - t / (release * 1.8), 0, 1) ** 1.4
    for beat in kick_beats():
        at = round(seconds(beat) * RATE)
        n = min(len(dip), SAMPLES - at)
        gain[at : at + n] = np.minimum(gain[at : at + n], dip[:n])
    return gain[:, None]


def _compress(x: np.ndarray, threshold: float, ratio: float) -> np.ndarray:
    """Even out a mono voice: fast level follower, soft knee."""
    level = band.band(np.abs(x), None, 12, 1).clip(1e-6)
    return x * np.minimum(1.0, (threshold / level)) ** (1 - 1 / ratio)


def lead_controls() -> voice.Controls:
    """Return the lead voice's movements; whoever draws the mouth uses them too."""
    return voice.controls(phrases(), SECONDS, 11)


def vocals() -> np.ndarray:
    """Return the lead in the middle, doubles and harmonies at the sides, and their room."""
    lead = voice.sing(lead_controls(), 1, bright=1.1)
    lead = _compress(band.band(lead, 140, None), 0.09, 3.0)
    lead += 0.35 * band.band(lead, 2800, 6500, 1)
    loud = [p for p in phrases() if 64 <= p.beat < 96 or p.beat < 16 or p.beat >= 96]
    wide = np.zeros((SAMPLES, 2))
    for seed, side, harmony in (
        (21, 0, None),
        (22, 1, None),
        (23, 0, third_below),
        (24, 1, third_below),
    ):
        c = voice.controls(loud, SECONDS, seed, harmony=harmony)
        take = _compress(
            band.band(voice.sing(c, seed, breath=0.1, bright=0.7), 200, None), 0.08, 3.0
        )
        delay = (0, 310, 620, 900)[seed - 21]
        wide[delay:, side] += take[: SAMPLES - delay] * (0.17 if harmony is None else 0.24)
        wide[delay:, 1 - side] += take[: SAMPLES - delay] * 0.04
    dry = np.stack([lead, lead], 1)
    send = dry + 1.2 * wide
    echo = np.zeros_like(send)
    step = round(0.75 * BEAT * RATE)
    echo[step:, 0] = lead[:-step]
    echo[2 * step :, 1] = 0.7 * lead[: -2 * step]
    echo = band.band(echo, 400, 4000, 1)
    return dry + wide + 0.24 * band.room(send, 1.6, 5, 0.03) + 0.13 * echo


# Bus levels by part. The build climbs bar by bar from below the verse, so that the drop lands.
_PARTS = (0, 4, 12, 13, 14, 15, 16, 24, BARS)
_LEVELS = {  # intro, verse, four bars of build, chorus, outro
    "kick": (0.32, 0.42, 0.23, 0.3, 0.26, 0.26, 0.58, 0.36),
    "hits": (0.7, 0.75, 0.4, 0.5, 0.38, 0.45, 1.0, 0.75),
    "low": (0.5, 0.6, 0.31, 0.39, 0.35, 0.35, 0.85, 0.55),
    "chords": (1.15, 0.6, 0.45, 0.56, 0.47, 0.52, 1.3, 0.95),
    "hook": (1.5, 1.0, 1.0, 1.0, 1.0, 1.0, 2.0, 1.6),
    "bells": (1.25, 0.35, 0.4, 0.48, 0.36, 0.4, 0.9, 0.9),
    "voice": (0.55, 1.05, 0.68, 0.85, 0.69, 0.76, 1.5, 0.65),
    "fx": (0.8, 0.8, 0.6, 0.6, 0.5, 0.62, 0.85, 0.8),
}


def level(bus: str) -> np.ndarray:
    """Return a bus's fader over the song; it moves in the sixteenth before a part."""
    times, values = [], []
    for first, after, value in zip(_PARTS, _PARTS[1:], _LEVELS[bus], strict=False):
        times += [seconds(4 * first), seconds(4 * after - 0.25)]
        values += [value, value]
    return np.interp(np.arange(SAMPLES) / RATE, times, values)[:, None]


def stems() -> dict[str, np.ndarray]:
    """Return each bus before its fader, float64 [shape=(samples, 2)]."""
    rng = np.random.default_rng(128)
    kicks, hits = drums(rng)
    return {
        "kick": kicks.samples,
        "hits": hits.samples + 0.1 * band.room(hits.samples, 0.9, 4),
        "chords": chords(rng).samples,
        "hook": hook(rng).samples,
        "bells": arpeggio().samples,
        "low": low_end().samples,
        "fx": effects(rng).samples,
        "voice": vocals(),
    }


def blend(buses: dict[str, np.ndarray]) -> np.ndarray:
    """Return the finished song from its stems, peaks below 0 dBFS."""
    duck, light = pump(0.6), pump(0.3)
    ducks = {"chords": duck, "hook": light, "bells": light, "low": pump(0.55, 0.12),
             "voice": 0.8 + 0.2 * light}  # fmt: skip
    set_buses = {n: level(n) * x * ducks.get(n, 1.0) for n, x in buses.items()}
    music = set_buses["chords"] + set_buses["hook"] + set_buses["bells"]
    return master(sum(set_buses.values()) + 0.22 * band.room(music, 2.2, 3))


def mix() -> np.ndarray:
    """Return the finished song, float64 [shape=(samples, 2)]."""
    return blend(stems())


def master(x: np.ndarray) -> np.ndarray:
    """Glue, limit and fade: the loudest sections end near -10 LUFS, true peaks near -1 dB."""
    x = band.band(x, 28, None)
    middle, side = x.mean(1), (x[:, 0] - x[:, 1]) / 2
    side = band.band(side, 140, None)  # the lowest octaves stay in the middle
    x = np.stack([middle + side, middle - side], 1)
    x = limit(1.12 * np.tanh(0.85 * x), 0.8)
    t = np.arange(SAMPLES) / RATE
    return x * np.clip((SECONDS - t) / 1.2, 0, 1)[:, None] ** 1.5


def limit(x: np.ndarray, ceiling: float) -> np.ndarray:
    """Look-ahead limiter: the gain falls 2 ms before a peak and recovers in 80 ms."""
    from scipy.ndimage import minimum_filter1d, uniform_filter1d

    need = np.minimum(1.0, ceiling / np.maximum(np.abs(x).max(1), 1e-9))
    hold = minimum_filter1d(need, 2 * 88 + 1)
    gain = uniform_filter1d(hold, 89)
    slow = gain.copy()
    block = 32
    coarse = gain[::block].copy()
    recover = 1 - np.exp(-block / (0.08 * RATE))
    for i in range(1, len(coarse)):
        coarse[i] = min(coarse[i], coarse[i - 1] + recover * (1 - coarse[i - 1]))
    slow = np.interp(np.arange(len(gain)), np.arange(len(coarse)) * block, coarse)
    return np.clip(x * np.minimum(gain, slow)[:, None], -ceiling, ceiling)
