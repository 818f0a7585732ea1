"""What each editor wants of an xmeml file, where they differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from otio_idolsync.errors import InterchangeError

Name = Literal["premiere", "resolve", "plain"]


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one editor's xmeml differs.

    Attributes:
        version: The ``xmeml`` version that the editor itself writes.
        ticks: Whether Premiere's sub-frame times are written.
        exploded: Whether a stereo track is written as two tracks, a channel each; Premiere drops
            the sound of a stereo clip on a single track.
        bracketed: Whether an image sequence's path names its range, ``cg_[1001-1400].exr``, and
            not its first picture.
        file_duration: Whether ``<file>`` says how long the media are. Resolve does not link media
            whose extents disagree with its own reading; a blank duration leaves them to it.
        bare_paths: Whether local paths are written as such, and not as URLs: OpenShot opens the
            text as it stands.
        repeat_sequences: Whether a nested sequence is written whole at every use.
        plain_edges: Whether a clip says its own edges, also where a transition lies over them:
            OpenShot knows no transitions and takes the -1 there for a time.
    """

    name: Name
    version: str
    ticks: bool
    exploded: bool
    bracketed: bool
    file_duration: bool
    bare_paths: bool = False
    repeat_sequences: bool = False
    plain_edges: bool = False


DIALECTS = {
    d.name: d
    for d in (
        Dialect("premiere", "4", True, True, False, True),
        Dialect("resolve", "5", False, False, True, False),
        Dialect("plain", "5", False, False, False, True, True, True, True),
    )
}


def dialect_of(name: str) -> Dialect:
    """Return a dialect by name.

    Raises:
        InterchangeError: There is none of this name.
    """
    for known in DIALECTS.values():
        if known.name == name:
            return known
    raise InterchangeError(f"xmeml dialect {name!r} is none of {', '.join(DIALECTS)}")
