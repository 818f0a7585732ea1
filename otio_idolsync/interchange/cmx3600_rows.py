"""Take a CMX 3600 EDL apart: its rows as many editors write them, and the frames that they name.

A comment that is not understood is kept and never stops the reading. Record time must exist at the
rate that is asked for; a source may be of another rate.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from otio_idolsync.errors import InterchangeError, UsageError
from otio_idolsync.timebase import Clock, can_drop_frames, media_rate, whole_frames

_TIME = r"\d\d:\d\d:\d\d[:;.,]\d\d"
_ROW = re.compile(
    rf"\d{{1,6}}[A-Z]?\s+(?P<head>\S.*?)"
    rf"\s+(?P<times>(?:{_TIME}\s+{_TIME}|\d{{1,9}}\s+\d{{1,9}})\s+{_TIME}\s+{_TIME})"
)
_HEAD = re.compile(
    r"(?:(?P<reel>.*?)\s+)?(?P<channels>NONE|[ABV][AV0-9/]*)"
    r"(?:\s+(?P<kind>C|D|W\d*|K(?:\s*[BO])?))?(?:\s+(?P<fade>\d{1,4}))?"
)
_MOTION = re.compile(rf"M2\s+(?P<reel>.*?)\s*(?P<speed>-?\d{{1,5}}(?:\.\d+)?)\s+{_TIME}")
_NOTE = re.compile(r"\*?\s*(FROM CLIP NAME|TO CLIP NAME|FROM FILE|SOURCE FILE)\s*:\s*(.*)")
_LOCATOR = re.compile(rf"\*?\s*LOC\s*:\s*({_TIME})\s+(\S+)\s*(.*)")
_NAMES = ("FROM CLIP NAME", "TO CLIP NAME")
_BLACK = ("BL", "BLACK")
_LONGEST = 1_000  # characters of a line that are looked at
_RATES = (24, 25, 30, 50, 60, 100)


@dataclass(slots=True)
class Row:
    """An event, or half of a transition, with the lines that follow it.

    Attributes:
        line: Where it stands in the file, from 1.
        reel: The tape, "AX" or "" where there is none.
        channels: V, A, AA, B, A2/V and their kin.
        kind: C, D, W and a number, K (over the picture), KB (under a key).
        fade: Frames of the transition that it begins with.
        times: Source in and out, record in and out, as written; the source may count in frames.
        drop: Whether FCM says that frames drop.
        notes: Names and files, by what they are called.
        comments: All other lines, as written.
        speeds: Reel and frames a second of each M2.
        locators: Timecode, colour and name of each.
    """

    line: int
    reel: str
    channels: str
    kind: str
    fade: int
    times: tuple[str, ...]
    drop: bool
    notes: dict[str, str] = field(default_factory=dict)
    comments: list[str] = field(default_factory=list)
    speeds: list[tuple[str, str]] = field(default_factory=list)
    locators: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def is_black(self) -> bool:
        """Whether it shows black."""
        return self.reel in _BLACK


def rows_of(text: str) -> tuple[str, list[Row]]:
    """Return the title and the rows of a list."""
    title, drop, rows = "", False, list[Row]()
    for number, raw in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        line = raw[:_LONGEST].strip()
        found = _ROW.match(line)
        row = _row(number, found, drop) if found else None
        if row:
            rows.append(row)
        elif line.startswith("TITLE:") and not rows:
            title = line.removeprefix("TITLE:").strip()
        elif line.startswith("FCM:"):
            drop = "DROP" in line and "NON" not in line
        elif line and rows:
            _note(rows[-1], line)
    return title, rows


def _row(number: int, found: re.Match[str], drop: bool) -> Row | None:
    head = _HEAD.fullmatch(found["head"])
    if not head:
        return None
    fade = int(head["fade"] or 0)
    kind = "".join((head["kind"] or ("D" if fade else "C")).split())
    reel, times = (head["reel"] or "").strip(), tuple(found["times"].split())
    return Row(number, reel, head["channels"], kind, fade, times, drop)


def _note(row: Row, line: str) -> None:
    noted, moved, located = _NOTE.match(line), _MOTION.match(line), _LOCATOR.match(line)
    if noted:
        row.notes.setdefault(noted[1], noted[2].strip())
    if moved:
        row.speeds.append((moved["reel"], moved["speed"]))
    elif located:
        row.locators.append((located[1], located[2], located[3].strip()))
    elif line.startswith("AUD") and line[3:].replace(" ", "").isdigit():
        row.channels += "".join(f"A{channel}" for channel in line[3:].split())
    elif not noted or noted[1] not in _NAMES:
        row.comments.append(line)


@dataclass(frozen=True, slots=True)
class Span:
    """What a row shows, in counts of timecode frames.

    Attributes:
        row: The row.
        first: Record count of its first frame.
        end: Record count after its last.
        source: Source count of the first frame; of a reversed clip, of its lowest. Exact: it is
            rounded once, where the clip is made.
        speed: Source frames a record frame; 0 for a freeze.
    """

    row: Row
    first: int
    end: int
    source: Fraction
    speed: Fraction


class Counting:
    """Counts a list's timecode in frames.

    Args:
        rows: The list.
        rate: Frames per second; by default the least common rate at which every time exists.
    """

    def __init__(self, rows: Sequence[Row], rate: Fraction | None = None) -> None:
        self._marked = any(set(";,") & set("".join(row.times)) for row in rows)
        self.rate = rate or self._least(rows)
        self._nominal = Clock(self.rate).nominal

    def _least(self, rows: Sequence[Row]) -> Fraction:
        most = max(int(time[-2:]) for row in rows for time in row.times if ":" in time)
        if any(self._drops(row, time) for row in rows for time in row.times[2:]):
            return media_rate(59.94 if most >= 30 else 29.97)
        return Fraction(next(rate for rate in _RATES if most < rate))

    def _drops(self, row: Row, time: str) -> bool:
        """Return whether frames drop: signs in the list tell, and FCM where it has none."""
        return time[8] in ";," if self._marked else row.drop

    def clock(self, row: Row, time: str) -> Clock:
        """Return the clock that a time of a row counts in."""
        return Clock(self.rate, self._drops(row, time) and can_drop_frames(self.rate))

    def span(self, row: Row) -> Span:
        """Return the frames of a row.

        Raises:
            InterchangeError: Its record time does not exist at this rate.
        """
        first, end = (self.record(row, time) for time in row.times[2:])
        day = 24 * 3600 * self._nominal
        end += day if end < first - day // 2 else 0
        speed, source = self._speed(row), Fraction(self._source(row, row.times[0]))
        if speed < 0:  # what a reversed clip shows first is its highest frame
            source += 1 - max(Fraction(1), (end - first) * -speed)
        return Span(row, first, end, source, speed)

    def record(self, row: Row, time: str) -> int:
        """Return the count of a record time; raises as :meth:`span`."""
        try:
            return self.clock(row, time).count_at_timecode(colons(time))
        except UsageError as error:
            raise InterchangeError(f"line {row.line}: {error}") from error

    def _source(self, row: Row, time: str) -> int:
        """Return the count of a source time, also of media at a higher rate than the list's."""
        if ":" not in time:
            return int(time)
        hours, minutes, seconds, frames = (int(part) for part in colons(time).split(":"))
        if frames >= self._nominal:
            media = next(rate for rate in _RATES if frames < rate)
            frames = min(self._nominal - 1, whole_frames(Fraction(frames * self._nominal, media)))
        label = f"{hours:02d}:{min(minutes, 59):02d}:{min(seconds, 59):02d}:{frames:02d}"
        try:
            return self.clock(row, time).count_at_timecode(label)
        except UsageError:  # a label that drop-frame skips
            return Clock(self.rate).count_at_timecode(label)

    def _speed(self, row: Row) -> Fraction:
        """Return how fast a row plays; M2 says it in frames a second, to a tenth.

        Where both rows of a transition have an M2, the incoming one's names its reel, or is the
        last. A whole percentage within the rounding is what was meant.
        """
        said = [speed for reel, speed in row.speeds if _same_reel(reel, row.reel)]
        if not said:
            return Fraction(1)
        shares = [Fraction(said[-1]) / of for of in (Fraction(self._nominal), self.rate)]
        share = min(shares, key=lambda one: abs(one - Fraction(round(100 * one), 100)))
        meant = Fraction(round(100 * share), 100)
        return meant if abs(meant - share) <= Fraction(1, 20 * self._nominal) else shares[0]


def _same_reel(one: str, other: str) -> bool:
    """Return whether two reels are one; either may be cut off."""
    return one.startswith(other) or other.startswith(one)


def colons(time: str) -> str:
    """Return a timecode with colons throughout."""
    return re.sub("[;.,]", ":", time)
