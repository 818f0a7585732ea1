"""Songs made up from a seed: sections, chords and grooves on a grid whose beats are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

import parts
from orchestra import Orchestra, seat
from score import Hit, Score, Section
from styles import MORE_STYLES, STYLES, Style, shuffled
from tempo import draw_clock

Rng = np.random.Generator
MAJOR, MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)
PLAYERS = ("drums", "bass", "chords", "second", "pad", "lead", "voice", "percussion")
FREER, WIDER = range(1500, 1_000_000), range(2000, 1_000_000)
"""Seeds of songs that stay longer on a chord, bend their phrases, are swung or fast more often; and
of songs in more styles."""
_FAST_BPM = 165.0
_HELD_CHORDS = ((0,), (0, 0, 0, 3), (0, 0, 3, 0), (0, 0, 0, 0, 3, 3, 0, 0, 4, 3, 0, 0))
_FORMS = {
    "full": (0.45, ("drums", "bass", "chords", "lead")),
    "verse": (0.25, ("drums", "bass", "chords")),
    "drumless": (0.12, ("chords", "lead", "bass")),
    "alone": (0.05, ("chords",)),
    "sung alone": (0.03, ()),
    "drums": (0.04, ("drums",)),
    "groove": (0.05, ("drums", "bass")),
    "tune": (0.03, ("lead", "pad")),
    "build": (0.04, ("chords", "pad")),
}


def compose(seed: int, seconds: float = 40.0, style: Style | None = None) -> Score:
    """Return a song; the same seed gives the same song.

    Args:
        seed: Not negative.
        seconds: Length.
        style: One of ``STYLES``; drawn by its share if not given.
    """
    rng = np.random.default_rng([seed, 1])
    if style is None:
        styles = STYLES + MORE_STYLES if seed in WIDER else STYLES
        shares = np.array([s.share for s in styles])
        style = styles[int(rng.choice(len(styles), p=shares / shares.sum()))]
    freer = seed in FREER
    if freer:
        style = _bent(style, rng)
    return Composer(rng, style, seconds, freer=freer).write()


def _bent(style: Style, rng: Rng) -> Style:
    """Return a style swung in triplets, or only its fast half, or as it is."""
    if style.steps == 4 and style.live > 0 and rng.random() < 0.3:
        return shuffled(style)
    if style.bpm[1] > _FAST_BPM + 5 and rng.random() < 0.2:
        return replace(style, bpm=(_FAST_BPM, style.bpm[1]))
    return style


class Composer:
    """Writes one song: what is decided once for all of it lives here."""

    def __init__(self, rng: Rng, style: Style, seconds: float, *, freer: bool) -> None:
        self.rng, self.style, self.seconds, self.freer = rng, style, seconds, freer
        self.beats, self.steps = style.beats, style.steps
        self.live = rng.random() < style.live
        self.clock, self.first_bar = draw_clock(rng, style, seconds, live=self.live)
        self.orchestra: Orchestra = seat(style, rng)
        self.key = int(rng.integers(12))
        self.scale = MAJOR if rng.random() < 0.5 else MINOR
        self.swing = rng.uniform(0, style.swing) if rng.random() < 0.7 else 0.0
        self.jitter = rng.uniform(0.002, 0.010) if self.live else 0.0
        self.late = {p: rng.normal(0, 0.004) if self.live else 0.0 for p in PLAYERS}
        self.pushes = rng.random() < 0.15
        self.thick = rng.uniform(0.0, 0.8)
        self.grooves = [self._groove() for _ in range(2)] if style.grooves else []
        self.busy = _percussion(rng, style)
        self.hits: list[Hit] = []

    def write(self) -> Score:
        """Return the score."""
        bars = int(len(self.clock.times) / self.beats) - 1
        first = self.first_bar
        while first < bars:
            section = self.section(first, bars)
            self.play(section)
            first += section.bars
        score = Score(self.style, self.seconds)
        score.hits = [h for h in self.hits if -2 < h.start < self.seconds]
        self._truth(score)
        return score

    def _truth(self, score: Score) -> None:
        """Fill the beats from the first sound on; a song may end before its file does."""
        times, numbers = self.clock.times, np.arange(len(self.clock.times)) % self.beats + 1
        starts = [h.start for h in score.hits] or [0.0]
        begin = max(0.0, min(starts) - 0.05)
        end = self.seconds
        if self.rng.random() < 0.08:
            end = self.seconds * self.rng.uniform(0.6, 0.95)
            score.hits = [h for h in score.hits if h.start < end - 0.03]
        keep = (times >= begin) & (times < end - 0.03)
        score.beats, score.numbers = times[keep], numbers[keep]

    def section(self, first: int, bars: int) -> Section:
        """Return the next section: its players, chords and groove."""
        rng = self.rng
        names = list(_FORMS)
        odds = np.array([_FORMS[n][0] for n in names])
        kind = str(rng.choice(names, p=odds / odds.sum()))
        playing = {p for p in _FORMS[kind][1] if rng.random() < 0.93}
        if kind == "sung alone" or (rng.random() < self.style.sung and kind != "drums"):
            playing.add("voice")
            if rng.random() < 0.6:
                playing.discard("lead")
        if "chords" in playing:
            playing |= {p for p in ("pad", "second") if rng.random() < self.thick}
        if self.busy and rng.random() < 0.6 and playing & {"drums", "chords"}:
            playing.add("percussion")
        if not playing:
            playing = {"chords", "bass"}
        length = int(rng.choice([2, 4, 4, 8, 8] if self.beats < 5 else [2, 4, 4]))
        if rng.random() < 0.04:
            length += int(rng.choice([-1, 1]))
        slow = self.beats == 4 and self.style.name not in {"trap", "half time", "reggae"}
        return Section(
            first,
            min(length, bars - first),
            frozenset(playing),
            self._chords(),
            self._rhythm(),
            slow and rng.random() < 0.07,
            kind,
        )

    def _chords(self) -> list[tuple[int, int, int]]:
        """Return triads of the scale; the first is mostly the tonic's or its relative's."""
        rng, scale = self.rng, self.scale
        start = int(rng.choice([0, 0, 0, 5, 3]))
        degrees = [start, *rng.choice([0, 1, 2, 3, 3, 4, 4, 5, 5, 6], 3)]
        if self.freer and rng.random() < 0.35:
            degrees = list(_HELD_CHORDS[int(rng.integers(len(_HELD_CHORDS)))])
        triads = []
        for degree in map(int, degrees):
            notes = [scale[(degree + k) % 7] + 12 * ((degree + k) // 7) for k in (0, 2, 4)]
            triads.append((self.key + notes[0], self.key + notes[1], self.key + notes[2]))
        return triads

    def _rhythm(self) -> int:
        """Return how many beats a chord lasts."""
        share = self.rng.random()
        if share < 0.62:
            return self.beats
        if share < 0.78:
            return 2 * self.beats
        return self.beats // 2 if self.beats % 2 == 0 and self.beats > 2 else self.beats

    def _groove(self) -> dict[str, list[tuple[int, float]]]:
        """Return (step, gain) by drum; the cymbal is a hat, a ride, or left out."""
        rng = self.rng
        kick, snare, cymbal = self.style.grooves[int(rng.integers(len(self.style.grooves)))]
        groove = {"kick": parts.drums(kick, rng), "snare": parts.drums(snare, rng)}
        names = ["closed", "closed", "closed", "open", "ride", "none"]
        if "heavy" in self.style.players:
            names += ["crash", "ride", "open"]
        name = str(rng.choice(names))
        if name != "none":
            groove[name] = parts.drums(cymbal, rng)
        if rng.random() < 0.08:
            del groove[str(rng.choice(["kick", "snare"]))]
        return groove

    def _when(self, bar: int, step: float, part: str) -> float:
        """Return the time of a step, swung, played by a person or a machine."""
        if self.swing and step % 2 == 1:
            step += self.swing
        exact = self.clock.at(bar * self.beats + step / self.steps)
        shake = self.rng.normal(0, self.jitter) if self.jitter else 0.0
        return exact + self.late[part] + shake

    def _add(self, part: str, sound: str, bar: int, stroke: parts.Stroke, pitch: float) -> None:
        """Write one note."""
        start = self._when(bar, stroke.step, part)
        after = self.clock.at(bar * self.beats + (stroke.step + stroke.length) / self.steps)
        gain = stroke.gain * float(self.rng.uniform(0.7, 1.0) if self.live else 1.0)
        strong = 1.1 if stroke.step % self.steps == 0 else 0.9
        self.hits.append(Hit(part, sound, pitch, start, max(0.04, after - start), gain * strong))

    def play(self, section: Section) -> None:
        """Write every part of a section."""
        for part in sorted(section.playing):
            getattr(self, f"_play_{part}")(section)
        if section.kind == "build":
            self._play_build(section)

    def _triad(self, section: Section, bar: int, step: float) -> tuple[int, int, int]:
        """Return the chord at a step; a pushed chord comes half a beat before its bar."""
        beat = (bar - section.first) * self.beats + step / self.steps
        early = 0.5 if self.pushes else 0.01
        return section.chords[int((beat + early) // section.rhythm) % len(section.chords)]

    def _play_chords(self, section: Section) -> None:
        kind = str(self.rng.choice(self.style.chords))
        self._comp(section, "chords", self.orchestra.chords, kind)

    def _play_second(self, section: Section) -> None:
        kind = str(self.rng.choice(self.style.chords))
        self._comp(section, "second", self.orchestra.second, kind)

    def _play_pad(self, section: Section) -> None:
        self._comp(section, "pad", self.orchestra.pad, "pad")

    def _comp(self, section: Section, part: str, sound: str, kind: str) -> None:
        """Write chords: all notes or one at a time; a long one is struck anew when they change."""
        strokes = parts.comp(kind, self.rng, self.beats, self.steps)
        base = int(self.rng.choice([48, 52, 55, 60]))
        inner = self.rng.permutation(3)
        power = sound in {"p29", "p30"}
        step = section.rhythm * self.steps
        bar_steps = self.beats * self.steps
        if kind == "pad" and step < bar_steps:
            strokes = [parts.Stroke(s, step, 1.0) for s in range(0, bar_steps, step)]
        for bar in range(section.first, section.first + section.bars):
            if kind == "pad" and (bar - section.first) * self.beats % section.rhythm:
                continue
            for stroke in strokes:
                place = stroke.step
                early = self.pushes and place == 0 and kind != "arpeggio"
                start = -self.steps / 2 if early else place
                chord = self._triad(section, bar, place)
                notes = [base + (n - base) % 12 for n in chord]
                if power:
                    root = 36 + (chord[0] - 36) % 12 + 4
                    notes = [root - 4, root + 3, root + 8]
                if stroke.index >= 0:
                    notes = [[*notes, notes[0] + 12][stroke.index]]
                for k, note in enumerate(sorted(notes)):
                    late = 0.02 * int(inner[k % 3]) if kind == "strum" and self.live else 0.0
                    self._add(part, sound, bar, stroke._replace(step=start + late), note)

    def _play_bass(self, section: Section) -> None:
        """Write the bass; some songs have it on the off-beat, as dance music does."""
        rng = self.rng
        kind = str(rng.choice(self.style.basses))
        if self.style.name in {"house", "hardcore", "disco"}:
            kind = str(rng.choice(["offbeat", "offbeat", "octaves", "eighths", "roots", "funky"]))
        kick = [s for s, _ in self.grooves[0].get("kick", [])] if self.grooves else []
        kick = [s for s in kick if s < self.beats * self.steps]
        riff = [parts.bass(kind, rng, self.beats, self.steps, kick)]
        if self.freer and rng.random() < 0.5:
            riff.append(
                parts.bass(str(rng.choice(self.style.basses)), rng, self.beats, self.steps, kick)
            )
            riff = [parts.wandering(strokes, rng) for strokes in riff]
        low = 28 + int(rng.integers(0, 8))
        for bar in range(section.first, section.first + section.bars):
            for stroke in riff[bar % len(riff)]:
                root, third, fifth = self._triad(section, bar, stroke.step)
                note = low + (root - low) % 12
                extra = (0, fifth - root, 12, int(rng.choice([third - root, fifth - root, 2])))
                place = stroke
                if self.pushes and stroke.step == 0:
                    place = stroke._replace(step=-self.steps / 2)
                self._add(
                    "bass", self.orchestra.bass, bar, place, note + extra[max(0, stroke.index)]
                )

    def _play_lead(self, section: Section) -> None:
        self._tune(section, "lead", self.orchestra.lead, int(self.rng.choice([60, 67, 72])))

    def _play_voice(self, section: Section) -> None:
        """Sing the tune, or speak over some bars with no regard for the beat."""
        rng = self.rng
        if rng.random() < 0.7:
            self._tune(section, "voice", self.orchestra.voice, int(rng.choice([48, 55, 60])))
        if rng.random() < 0.4:
            for bar in range(section.first, section.first + section.bars, int(rng.choice([1, 2]))):
                start = self._when(bar, float(rng.integers(0, self.steps + 1)), "voice")
                line = float(rng.integers(0, 48))
                start += rng.uniform(0, 0.3)
                self.hits.append(Hit("voice", "say", line, start, 3.0, rng.uniform(0.3, 1.0)))

    def _tune(self, section: Section, part: str, sound: str, base: int) -> None:
        """Write a motif and its returns, a line of scale steps over the chords."""
        rng = self.rng
        span = int(rng.choice([1, 2, 2]))
        motifs = [parts.melody(rng, self.beats, self.steps, span) for _ in range(2)]
        plan = [0, 0, 1, 0] if rng.random() < 0.5 else [0, 1]
        shift = int(rng.integers(0, 2)) if rng.random() < 0.2 else 0
        pickup = rng.random() < 0.3
        if self.freer and rng.random() < 0.35:
            late = self.steps * int(rng.integers(1 - self.beats, self.beats))
            motifs = [[s._replace(step=s.step + late) for s in motif] for motif in motifs]
        for k, bar in enumerate(range(section.first + shift, section.first + section.bars, span)):
            if rng.random() < 0.1:
                continue
            root = self._triad(section, bar, 0)[0]
            for stroke in motifs[plan[k % len(plan)]]:
                octave, degree = divmod(stroke.index, 7)
                note = self.key + self.scale[degree] + 12 * octave
                if stroke.step % self.steps == 0 and rng.random() < 0.3:
                    note = root + 12 * octave
                self._add(part, sound, bar, stroke, base + (note - base) % 12 + 12 * octave)
            if pickup and bar > 0:
                for back in range(int(rng.integers(1, 4)), 0, -1):
                    unit = max(1, self.steps // 2)
                    lead = parts.Stroke(-back * unit, unit, 0.9)
                    note = self.key + self.scale[int(rng.integers(7))]
                    self._add(part, sound, bar, lead, base + (note - base) % 12)

    def _play_drums(self, section: Section) -> None:
        """Write the groove bar by bar, with a crash to open and a fill to close, mostly."""
        rng, bar_steps = self.rng, self.beats * self.steps
        if not self.grooves:
            return
        groove = self.grooves[int(rng.random() < 0.3)]
        fills = rng.random() < 0.6 and section.bars > 2
        every = int(rng.choice([2, 4, 8]))
        crash = rng.random() < 0.6
        for index in range(section.bars):
            bar = section.first + index
            fill = fills and (index == section.bars - 1 or (index + 1) % every == 0)
            cut = bar_steps - int(rng.choice([1, 1, 2, self.beats])) * self.steps
            for drum, strokes in groove.items():
                for step, gain in _this_bar(strokes, bar_steps, index, half=section.half):
                    if not (fill and step >= cut):
                        self._drum(drum, bar, step, gain)
            if fill:
                self._fill(bar, cut, bar_steps)
            if crash and (index == 0 or (fills and index % every == 0 and rng.random() < 0.3)):
                self._drum("crash", bar, 0, 1.0)

    def _fill(self, bar: int, first: int, last: int) -> None:
        """Write a fill, or nothing at all, over the end of a bar."""
        rng = self.rng
        kind = str(rng.choice(["toms", "snare", "stop", "sparse"]))
        if kind == "stop":
            return
        odds = 0.9 if kind != "sparse" else 0.4
        for step in range(first, last):
            if rng.random() < odds:
                drum = "snare" if kind == "snare" or rng.random() < 0.3 else "tom"
                self._drum(drum, bar, step, rng.uniform(0.5, 1.0))

    def _drum(self, drum: str, bar: int, step: float, gain: float) -> None:
        start = self._when(bar, step, "drums")
        gain *= float(self.rng.uniform(0.8, 1.0)) if self.live else 1.0
        self.hits.append(Hit(drum, self.orchestra.drums[drum], 0.0, start, 1.0, gain))

    def _play_percussion(self, section: Section) -> None:
        for bar in range(section.first, section.first + section.bars):
            for drum, steps in self.busy.items():
                for step in steps:
                    gain = 0.9 if step % self.steps == 0 else 0.5
                    start = self._when(bar, step, "percussion")
                    self.hits.append(
                        Hit("percussion", self.orchestra.drums[drum], 0.0, start, 1.0, gain)
                    )

    def _play_build(self, section: Section) -> None:
        """Write a snare roll that gets denser and a riser into the next section."""
        if not self.style.grooves:
            return
        bar_steps = self.beats * self.steps
        for index in range(section.bars):
            left = section.bars - index
            every = self.steps if left > 2 else max(1, self.steps // 2) if left == 2 else 1
            for step in range(0, bar_steps, every):
                self._drum("snare", section.first + index, step, 0.3 + 0.7 / left)
        start = self._when(section.first, 0, "drums")
        long = self.clock.at((section.first + section.bars) * self.beats) - start
        self.hits.append(Hit("effects", "riser", 0.0, start, long, 0.7))


def _percussion(rng: Rng, style: Style) -> dict[str, list[int]]:
    """Return steps of shakers and hand drums, or nothing for most songs."""
    if rng.random() > (0.35 if style.grooves else 0.15):
        return {}
    out = {}
    if rng.random() < 0.7:
        out["shaker"] = parts.mask(rng, style.beats, style.steps, 0.9, 0.9, 0.6)
    if rng.random() < 0.5:
        out["bongo"] = parts.mask(rng, style.beats, style.steps, 0.5, 0.6, 0.3)
    return out


def _this_bar(
    strokes: list[tuple[int, float]], bar_steps: int, index: int, *, half: bool
) -> list[tuple[float, float]]:
    """Return a groove's strokes within one bar; at half speed one bar takes two."""
    longest = max((s for s, _ in strokes), default=0)
    bars = 2 if longest >= bar_steps else 1
    stretch = 2 if half else 1
    offset = index % (bars * stretch) * bar_steps
    placed = [(s * stretch - offset, g) for s, g in strokes]
    return [(s, g) for s, g in placed if 0 <= s < bar_steps]
