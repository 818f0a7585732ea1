"""Let a timeline's markers ride on the song's own clips, and find them there again.

The song is one carrier: an editor who moves it moves its markers. A marker says its number among
the timeline's; where it lies is told by its clip.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, get_args

from otio_idolsync.cut.blocks import KEY
from otio_idolsync.cut.otio_form import SONG
from otio_idolsync.errors import UsageError
from otio_idolsync.interchange.xmeml.forms import Form, kind_of, media_of, range_of, seconds_of

MarkersOn = Literal["song", "picture"]
MARKERS_ON: tuple[MarkersOn, ...] = get_args(MarkersOn)


def is_on_song(asked: str) -> bool:
    """Return whether markers are to ride on the song's clips.

    Raises:
        UsageError: The word is none that is known.
    """
    if asked not in MARKERS_ON:
        raise UsageError(f"markers on {asked!r} is none of {', '.join(MARKERS_ON)}")
    return asked == "song"


def song_url(tracks: Iterable[Form]) -> str:
    """Return the medium of the song: the one that a plan calls so, else the longest sound's.

    Args:
        tracks: A timeline's, in OTIO's JSON form.
    """
    found: dict[tuple[bool, str], Fraction] = {}
    for track in tracks:
        for item in track.get("children") or () if track.get("kind") == "Audio" else ():
            url = str(media_of(item).get("target_url") or "") if kind_of(item) == "Clip" else ""
            if url:
                key = (_is_named(item), url)
                found[key] = found.get(key, Fraction(0)) + seconds_of(range_of(item)[1])
    return max(found, key=lambda key: (key[0], found[key]))[1] if found else ""


def _is_named(clip: Form) -> bool:
    block = (clip.get("metadata") or {}).get(KEY)
    said = block.get("schema") if isinstance(block, dict) else None
    return str(said or "").startswith(SONG[:-1])


@dataclass(frozen=True, slots=True)
class Piece:
    """A clip of the song on the timeline.

    Attributes:
        start: Its first frame on the timeline.
        end: The frame after its last.
        zero: Where on the timeline the song's second 0 would lie, in seconds from its frame 0.
        clip: What a writer calls the clip.
    """

    start: int
    end: int
    zero: Fraction
    clip: Any


def piece_of(form: Form, url: str, start: int, end: int, rate: Fraction, clip: Any) -> Piece | None:
    """Return a clip as a piece of the song; None where it plays another medium, or no sound.

    Args:
        form: The clip, in OTIO's JSON form.
        url: The song's medium; "" where no marker rides on it.
        start: The clip's first frame on the timeline.
        end: The frame after its last.
        rate: The timeline's frames in a second.
        clip: What the writer calls it.
    """
    if not url or kind_of(form) != "Clip" or not form.get("enabled", True):
        return None
    reference = media_of(form)
    if reference.get("target_url") != url or end <= start:
        return None
    begin, available = range_of(form)[0], reference.get("available_range")
    first = seconds_of(begin) if begin else Fraction(0)
    first -= seconds_of(available["start_time"]) if available else 0
    return Piece(start, end, start / rate - first, clip)


def piece_under(pieces: Iterable[Piece], frame: int, rate: Fraction, marker: Form) -> Piece | None:
    """Return the piece of the song on which a marker lies; None where none sounds there.

    Where several do, it is the one in which the marker's own second of the song is heard there.
    """
    there = [piece for piece in pieces if piece.start <= frame < piece.end]
    block = (marker.get("metadata") or {}).get(KEY)
    time = block.get("time") if isinstance(block, dict) else None
    if len(there) < 2 or not isinstance(time, int | float) or not abs(time) < 1e9:
        return next(iter(there), None)
    return min(there, key=lambda piece: abs(frame / rate - piece.zero - Fraction(time)))


@dataclass(frozen=True, slots=True)
class Rider:
    """A timeline's marker that was found on a clip of the song.

    Attributes:
        number: Which of the timeline's it was on writing.
        frame: The timeline's frame on which it lies now.
        marker: As OTIO has it: of the timeline, or of the clip where ``home`` is given.
        home: The clip, where its music is no longer heard in it.
    """

    number: int
    frame: int
    marker: Any
    home: Any = None


def heard(found: Iterable[Rider]) -> Iterator[Rider]:
    """Yield the markers whose music is heard, in order and once a frame.

    Both halves of a divided song may hold all of its markers. One whose music is heard nowhere
    any more stays on its clip, outside the clip's range, as an editor keeps it.
    """
    riders = list(found)
    there = {(each.number, each.frame): each for each in riders if each.home is None}
    known = {number for number, _frame in there}
    for each in riders:
        if each.home is not None and each.number not in known:
            known.add(each.number)
            each.home.markers.append(each.marker)
    yield from (there[key] for key in sorted(there))
