"""The analysis of a song as data, and its JSON form ``idolsync.analysis/1``."""

from __future__ import annotations

import bisect
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from otio_idolsync.errors import AnalysisError, reason

SCHEMA = "idolsync.analysis/1"


@dataclass(frozen=True, slots=True)
class BeatGrid:
    """Beats in seconds and each beat's place in its bar; covers the song from end to end.

    Attributes:
        beats: float64 [shape=(n,)], seconds, rising, n >= 2.
        numbers: int64 [shape=(n,)], 1-based place in the bar; 1 is a downbeat.
        confidence: float64 [shape=(n,)], 0..1; 0 where a beat was only extrapolated.
    """

    beats: NDArray[np.float64] = field(compare=False)
    numbers: NDArray[np.int64] = field(compare=False)
    confidence: NDArray[np.float64] = field(compare=False)

    def __post_init__(self) -> None:
        shapes = {self.beats.shape, self.numbers.shape, self.confidence.shape}
        if len(shapes) != 1 or self.beats.ndim != 1 or len(self.beats) < 2:
            raise AnalysisError(
                f"a beat grid needs at least 2 beats and as many numbers and confidences, "
                f"not shapes {[a.shape for a in (self.beats, self.numbers, self.confidence)]}"
            )
        if not np.all(np.isfinite(self.beats)) or np.any(np.diff(self.beats) <= 0):
            raise AnalysisError("beat times must rise; did you supply them in seconds, in order?")
        if np.any(self.numbers < 1):
            raise AnalysisError("beat numbers count from 1, the downbeat")

    @property
    def downbeats(self) -> NDArray[np.float64]:
        """Times of the first beat of each bar, float64 [shape=(bars,)], seconds."""
        return np.asarray(self.beats[self.numbers == 1], np.float64)

    @property
    def bars(self) -> NDArray[np.int64]:
        """The bar of each beat, int64 [shape=(n,)]; 0 for pickup beats before the first bar."""
        return np.cumsum(self.numbers == 1)

    @property
    def tempo_bpm(self) -> float:
        """The median tempo in beats per minute: one missed beat hardly moves it."""
        return float(60.0 / np.median(np.diff(self.beats)))

    def name(self, index: int) -> str:
        """Return a beat's name: ``12`` for the downbeat of bar 12, ``12.3`` for its third beat."""
        bar, number = int(self.bars[index]), int(self.numbers[index])
        return f"{bar}" if number == 1 else f"{bar}.{number}"

    def nearest(self, seconds: float) -> int:
        """Return the index of the beat nearest to a time; a tie goes to the later beat."""
        after = bisect.bisect_left(self.beats, seconds)
        if after == 0:
            return 0
        if after == len(self.beats):
            return after - 1
        closer_before = seconds - self.beats[after - 1] < self.beats[after] - seconds
        return after - 1 if closer_before else after


@dataclass(frozen=True, slots=True)
class Curve:
    """Something of 0..1 over time.

    Attributes:
        hop: Seconds between values; the first lies at second 0.
        values: float64 [shape=(n,)], 0..1.
    """

    hop: float
    values: NDArray[np.float64] = field(compare=False)
    _said: ClassVar[str] = "a curve"

    def __post_init__(self) -> None:
        if not self.hop > 0 or self.values.ndim != 1 or not len(self.values):
            raise AnalysisError(
                f"{self._said} needs a hop above 0 s and at least one value, not a hop of "
                f"{self.hop} s and values of shape {self.values.shape}"
            )

    def between(self, start: float, end: float) -> float:
        """Return the mean of a stretch of the song, 0..1."""
        first = min(max(0, int(start / self.hop)), len(self.values) - 1)
        last = max(first + 1, int(np.ceil(end / self.hop)))
        return float(np.mean(self.values[first:last]))

    def to_json(self, digits: int) -> dict[str, Any]:
        """Return hop and values as JSON holds them."""
        return {"hop": self.hop, "values": [round(float(v), digits) for v in self.values]}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Return the curve that a JSON object holds."""
        return cls(float(data["hop"]), np.asarray(data["values"], np.float64))


class Energy(Curve):
    """Perceived energy relative to this song."""

    __slots__ = ()
    _said = "energy"


class VocalActivity(Curve):
    """How sure it is that somebody sings; 0.5 where a phrase may begin."""

    __slots__ = ()
    _said = "vocal activity"


class EventKind(StrEnum):
    """What a song's energy does: it falls in, rises, gives way, or stands at its highest."""

    DROP = "drop"
    BUILD = "build"
    BREAK = "break"
    PEAK = "peak"


@dataclass(frozen=True, slots=True)
class Event:
    """A drop, build, break or peak; seconds and a strength of 0..1."""

    kind: EventKind
    start: float
    end: float
    strength: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", EventKind(self.kind))


@dataclass(frozen=True, slots=True)
class Section:
    """A bar-aligned part of the song.

    Attributes:
        start: Seconds.
        end: Seconds.
        label: A, B, C …; equal letters sound alike.
        name: intro, verse, chorus, bridge, outro, or "" when that is not sure.
    """

    start: float
    end: float
    label: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A sung (or spoken) phrase; seconds and a confidence of 0..1."""

    start: float
    end: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Confidence:
    """How likely the beats and the bars of a song are right as a whole, each 0..1."""

    beats: float
    bars: float


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another way to hear the beats; ``--alternative N`` takes the N-th.

    Attributes:
        relation: What it is to the beats found: half the tempo, off the beat …
        tempo_bpm: Beats per minute.
        beats_per_bar: Of the commonest bar.
        score: 0..1, how likely it is.
    """

    relation: str
    tempo_bpm: float
    beats_per_bar: int
    score: float


@dataclass(frozen=True, slots=True)
class SongInfo:
    """The song as the analysis saw it; see ``media.song.Song``.

    ``audio_stream`` is None where its file has one sound stream alone.
    """

    path: str
    sha256: str
    sample_rate: int
    samples: int
    channels: int
    audio_stream: int | None = None

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return self.samples / self.sample_rate


@dataclass(frozen=True, slots=True)
class Analysis:
    """Everything that is known of a song; times in seconds from its first decoded sample."""

    song: SongInfo
    grid: BeatGrid
    energy: Energy
    events: tuple[Event, ...]
    sections: tuple[Section, ...]
    vocals: tuple[Phrase, ...]
    backends: dict[str, str]
    warnings: tuple[str, ...] = ()
    confidence: Confidence | None = None
    alternatives: tuple[Alternative, ...] = ()
    vocal_activity: VocalActivity | None = None

    def section_at(self, seconds: float) -> Section | None:
        """Return the section that a time lies in."""
        return next((s for s in self.sections if s.start <= seconds < s.end), None)

    def to_json(self) -> dict[str, Any]:
        """Return the JSON object of the contract."""
        stream = self.song.audio_stream
        return {
            "schema": SCHEMA,
            "song": {
                "path": self.song.path,
                "sha256": self.song.sha256,
                "duration": self.song.duration,
                "sample_rate": self.song.sample_rate,
                "samples": self.song.samples,
                "channels": self.song.channels,
                **({} if stream is None else {"audio_stream": stream}),
            },
            "tempo_bpm": round(self.grid.tempo_bpm, 3),
            "beats": [round(float(t), 6) for t in self.grid.beats],
            "downbeats": [round(float(t), 6) for t in self.grid.downbeats],
            "beat_numbers": [int(n) for n in self.grid.numbers],
            "beat_confidence": [round(float(c), 3) for c in self.grid.confidence],
            **({"confidence": _fields(self.confidence)} if self.confidence else {}),
            "alternatives": [_fields(other) for other in self.alternatives],
            "energy": self.energy.to_json(digits=4),
            "events": [_fields(event) for event in self.events],
            "sections": [_fields(section) for section in self.sections],
            "vocals": [_fields(phrase) for phrase in self.vocals],
            **({"vocal_activity": self.vocal_activity.to_json(2)} if self.vocal_activity else {}),
            "backends": dict(self.backends),
            "warnings": list(self.warnings),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Analysis:
        """Return the analysis that a JSON object holds.

        Raises:
            AnalysisError: Another schema, a newer version, or a field that is missing or wrong.
        """
        _check_schema(data.get("schema"))
        try:
            song = data["song"]
            stream = song.get("audio_stream")
            beats = np.asarray(data["beats"], np.float64)
            return cls(
                SongInfo(
                    str(song["path"]),
                    str(song["sha256"]),
                    int(song["sample_rate"]),
                    int(song.get("samples", round(song["duration"] * song["sample_rate"]))),
                    int(song["channels"]),
                    None if stream is None else int(stream),
                ),
                BeatGrid(
                    beats,
                    np.asarray(data["beat_numbers"], np.int64),
                    np.asarray(data.get("beat_confidence") or np.ones(len(beats)), np.float64),
                ),
                Energy.from_json(data["energy"]),
                tuple(Event(**event) for event in data["events"]),
                tuple(Section(**section) for section in data["sections"]),
                tuple(Phrase(**phrase) for phrase in data["vocals"]),
                {str(k): str(v) for k, v in data["backends"].items()},
                tuple(data.get("warnings", ())),
                Confidence(**data["confidence"]) if data.get("confidence") else None,
                tuple(Alternative(**other) for other in data.get("alternatives", ())),
                VocalActivity.from_json(sung) if (sung := data.get("vocal_activity")) else None,
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise AnalysisError(
                f"the analysis has a missing or wrong field ({reason(error)}); run idolsync "
                "analyze again"
            ) from error


def _fields(value: Event | Section | Phrase | Confidence | Alternative) -> dict[str, Any]:
    rows = {name: getattr(value, name) for name in value.__dataclass_fields__}
    return {k: round(v, 6) if isinstance(v, float) else v for k, v in rows.items()}


def _check_schema(schema: object) -> None:
    kind, _, version = str(schema).partition("/")
    if kind != "idolsync.analysis":
        raise AnalysisError(f"this is no analysis: its schema is {schema!r}, not {SCHEMA!r}")
    if version != "1":
        raise AnalysisError(
            f"analysis version {version} is newer than version 1, the newest known here; "
            "update otio-idolsync"
        )
