"""Tell by ear which sounds of a timeline are the song, and where in their files it is heard."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from otio_idolsync.cut.locate import Locator
from otio_idolsync.cut.place import Leaf, open_track
from otio_idolsync.cut.song_pieces import Heard
from otio_idolsync.cut.url import name_in
from otio_idolsync.errors import IdolsyncError
from otio_idolsync.media.song import Song, open_song

PADDING = 0.1
"""Seconds that encoders add at an end of a song."""


def sounds_of(timeline: Any, rate: Fraction) -> list[Leaf]:
    """Return the clips of a timeline's sound tracks, at their places in its frames."""
    tracks = timeline.audio_tracks()
    return [leaf for track in tracks for leaf in open_track(track, rate).leaves]


def address_of(leaf: Leaf) -> str:
    """Return the address of a clip's file, "" where it names none."""
    return getattr(leaf.clip.media_reference, "target_url", None) or ""


def addresses_of(sounds: Iterable[Leaf]) -> list[str]:
    """Return the files of sounds, the one that sounds longest first."""
    named = sorted(sounds, key=address_of)
    total = {
        url: sum(leaf.length for leaf in leaves)
        for url, leaves in itertools.groupby(named, address_of)
    }
    return sorted(total, key=lambda url: -total[url])


def opened(locator: Locator, url: str, stream: int | None = None) -> Song | None:
    """Return the sound that a file holds, None where it cannot be read."""
    try:
        return open_song(locator.find(url), stream)
    except IdolsyncError:
        return None


def cannot_tell(url: str) -> str:
    """Return the sentence on a file that cannot be read."""
    return f"{name_in(url)!r} cannot be opened to see whether it is the song"


@dataclass(slots=True)
class Ear:
    """Compares files with the song.

    Attributes:
        song: The song.
        locator: Finds the files.
        look: Tells what sound a file holds.
        heard: Where the song is heard in each file that it knows.
        same: Those of them that are the song's own file, by identity.
        strangers: Files in which it is not heard.
        remarks: What there is to say of the others, a sentence each.
    """

    song: Song
    locator: Locator
    look: Callable[[Path], Song] = open_song
    heard: dict[str, tuple[Heard, ...]] = field(default_factory=dict)
    same: set[str] = field(default_factory=set)
    strangers: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def knows(self, url: str) -> bool:
        """Listen to a file, and return whether the song is heard in it."""
        other = self._opened(url)
        if other is None:
            self.remarks.append(cannot_tell(url))
            return False
        if other.sha256 == self.song.sha256:
            self.heard[url] = ()
            self.same.add(url)
            return True
        from otio_idolsync.analysis.matcher import heard_in

        found = heard_in(self.song, other)
        if not found:
            self.strangers.append(url)
            return False
        self.heard[url] = () if _is_copy(found, other, self.song) else found
        self.remarks.append(_told(url, found, self.song))
        return True

    def _opened(self, url: str) -> Song | None:
        """Return what a file holds; of the song's own file, the stream that is the song."""
        with contextlib.suppress(IdolsyncError, OSError):
            path = self.locator.find(url)
            return self.song if path.samefile(self.song.path) else self.look(path)
        return None


def _is_copy(found: tuple[Heard, ...], other: Song, song: Song) -> bool:
    """Return whether a file is all of the song, and nothing but what an encoder adds to it."""
    one, lacks = found[0], abs(other.duration - song.duration)
    off = max(one.start, other.duration - one.end, abs(one.offset), lacks)
    return len(found) == 1 and off <= PADDING and one.drift_ppm == 0


def _told(url: str, found: tuple[Heard, ...], song: Song) -> str:
    """Return what a file is to the song, for people."""
    name, one = name_in(url), found[0]
    if len(found) > 1:
        return f"{name!r} holds the song in {len(found)} pieces"
    if one.drift_ppm:
        return f"{name!r} is the song played {one.drift_ppm:+.0f} millionths faster"
    if one.offset > PADDING:
        return f"{name!r} is the song from its second {one.offset:.3f} on"
    if -one.offset > PADDING:
        return f"{name!r} is the song with {-one.offset:.3f} s before it"
    if one.end < song.duration - PADDING:
        return f"{name!r} is the song up to its second {one.end:.3f}"
    late = 0.0 - round(1000 * one.offset, 1)
    return f"{name!r} is the song encoded anew, {late:+.1f} ms late; nothing became stale by it"
