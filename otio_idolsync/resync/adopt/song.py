"""Find the song on the sound tracks of a cut that knows nothing of it."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import opentimelineio as otio

from otio_idolsync.cut.blocks import own_block
from otio_idolsync.cut.place import Leaf, open_track
from otio_idolsync.cut.shown import Union
from otio_idolsync.cut.song_pieces import Heard, SongPiece, heard_noted, pieces_of, to_the_end
from otio_idolsync.cut.url import name_in
from otio_idolsync.errors import TimelineError
from otio_idolsync.resync.by_ear import Ear, address_of, addresses_of, sounds_of
from otio_idolsync.resync.spine import SpineReport, joined, judged
from otio_idolsync.timebase import Clock, whole_frames

_MOST_LISTENED = 24
"""Files that are listened to before the search is given up."""

Files = Mapping[str, tuple[Heard, ...]]


@dataclass(frozen=True, slots=True)
class FoundSong:
    """Where the song lies in a human's cut.

    Attributes:
        found_by: ``identity``, ``sound``, ``name``, or ``nothing`` where the cut has no sound.
        spine: Its pieces.
        clips: The clips that play it, and where in each one's file it is heard.
        is_laid: Whether it lies on a sound track, and need not be laid there.
        warnings: What a person should know.
        doubts: What a person should look at.
    """

    found_by: str
    spine: SpineReport
    clips: Sequence[tuple[otio.schema.Clip, tuple[Heard, ...]]] = ()
    is_laid: bool = True
    warnings: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the ``song`` of a report."""
        return {
            "found_by": self.found_by,
            "offset_frames": self.spine.offset_frames,
            "pieces": [piece.to_json() for piece in self.spine.pieces],
        }


def find_song(timeline: otio.schema.Timeline, clock: Clock, ear: Ear) -> FoundSong:
    """Return where a song lies in a timeline: by its identity, else by its sound or its name.

    Args:
        timeline: A human's cut.
        clock: Its frames.
        ear: Knows the song that it is said to be cut to, and finds the files of its sounds.

    Raises:
        TimelineError: It has sounds, and none of them is the song.
    """
    sounds = sounds_of(timeline, clock.rate)
    files, found_by = _files(sounds, ear, clock)
    if files:
        return _laid(timeline, sounds, files, found_by, ear, clock)
    nested = [
        leaf
        for track in timeline.video_tracks()
        for leaf in open_track(track, clock.rate, otio.schema.TrackKind.Audio).leaves
        if leaf.compound
    ]
    files, found_by = _files(nested, ear, clock)
    if files:
        found = _laid(timeline, nested, files, found_by, ear, clock)
        where = f"the song lies in compound clip {nested[0].compound!r} on a picture track alone"
        said = f"{where}, where no sound is heard; it was laid on a sound track as it lies there"
        return replace(found, is_laid=False, clips=(), doubts=(said, *found.doubts))
    if any(map(address_of, sounds)):
        raise TimelineError(_not_there(timeline, sounds, ear))
    whole = SongPiece(0, clock.frames_covering(ear.song.duration), 0)
    none = "no sound names its file" if sounds else "no sound lies on any track"
    said = f"{none}; the song was laid under the picture from its first frame on"
    return FoundSong("nothing", SpineReport(True, 0, (whole,), (whole,)), (), False, (), (said,))


def _files(sounds: Sequence[Leaf], ear: Ear, clock: Clock) -> tuple[Files, str]:
    """Return the files that are the song, where it is heard in each, and what told so."""
    says = {
        address_of(leaf): heard_noted(leaf.clip)
        for leaf in sounds
        if (own_block(leaf.clip.metadata) or {}).get("sha256") == ear.song.sha256
    }
    if says:
        return says, "identity"
    urls = addresses_of(leaf for leaf in sounds if address_of(leaf))
    own = _stem(ear.song.path.name)
    urls.sort(key=lambda url: _stem(name_in(url)) != own)
    covered, heard = Union(), {}
    for url in urls[:_MOST_LISTENED]:
        places = [_span(leaf) for leaf in sounds if address_of(leaf) == url]
        if not any(covered.free(*place) for place in places) or not ear.knows(url):
            continue
        if url in ear.same:
            return {one: () for one in urls if name_in(one) == name_in(url)}, "identity"
        heard[url] = ear.heard[url]
        for place in places:
            covered.add(*place)
    if heard:
        return heard, "sound"
    strangers = set(ear.strangers)
    named = {url: () for url in urls if _stem(name_in(url)) == own and url not in strangers}
    return named, "name" if named else ""


def _laid(
    timeline: otio.schema.Timeline,
    sounds: Sequence[Leaf],
    files: Files,
    found_by: str,
    ear: Ear,
    clock: Clock,
) -> FoundSong:
    """Return the song as the clips of its files play it."""
    warnings = [said for said in ear.remarks if found_by == "sound"]
    doubts = [
        f"{name_in(url)!r} cannot be opened; it was taken for the song by its name"
        for url in (files if found_by == "name" else ())
    ]
    own = [leaf for leaf in sounds if address_of(leaf) in files]
    if any(leaf.enabled for leaf in own):
        own = [leaf for leaf in own if leaf.enabled]
    else:
        doubts.append("the song is switched off; switch it on, or the movie is silent")
    clips, pieces = [], set[SongPiece]()
    for leaf in sorted(own, key=lambda leaf: list(files).index(address_of(leaf))):
        heard = files[address_of(leaf)]
        played = set(pieces_of(leaf, heard, clock.rate))
        if played and not (found_by == "sound" and _is_under(played, pieces)):
            clips.append((leaf.clip, heard))
            pieces |= played
    if not pieces:
        raise TimelineError(f"no clip of {timeline.name!r} plays a part of {ear.song.path.name}")
    seconds = Fraction(ear.song.samples, ear.song.sample_rate)
    lies = to_the_end(joined(pieces), clock, seconds)
    twice = [b.record for a, b in itertools.pairwise(lies) if b.record < a.end]
    if twice:
        at = clock.timecode(twice[0])
        doubts.append(f"two stretches of the song sound at once at {at}; the earlier one counts")
    spine = judged(lies, lies, clock.frames_within(seconds))
    return FoundSong(found_by, spine, clips, True, tuple(warnings), tuple(doubts))


def _is_under(played: set[SongPiece], pieces: set[SongPiece]) -> bool:
    """Return whether most of what a clip plays of the song is already heard from another file."""
    covered = Union()
    for piece in pieces:
        covered.add(piece.record, piece.end)
    free = sum(b - a for piece in played for a, b in covered.free(piece.record, piece.end))
    return 2 * free < sum(piece.frames for piece in played)


def _not_there(timeline: otio.schema.Timeline, sounds: Sequence[Leaf], ear: Ear) -> str:
    names = list(dict.fromkeys(name_in(address_of(leaf)) or leaf.clip.name for leaf in sounds))
    told = ", ".join(map(repr, names[:3])) + (f" and {len(names) - 3} more" if names[3:] else "")
    shut = f"; {ear.remarks[0]} (--map OLD=NEW finds moved media)" if ear.remarks else ""
    return (
        f"the song {ear.song.path.name!r} is on no sound track of {timeline.name!r}, which holds "
        f"{told}{shut}; give the song that it was cut to"
    )


def _span(leaf: Leaf) -> tuple[int, int]:
    return whole_frames(leaf.at), whole_frames(leaf.at + leaf.length)


def _stem(name: str) -> str:
    return name.casefold().rsplit(".", 1)[0]
