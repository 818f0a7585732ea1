"""What an editor is to an export: its format, what it opens, what it cannot carry, how to get in.

An entry says how it is known. No commercial editor was run: *seen* is what stands in files that an
editor exported, *read* is what somebody states, *measured* was run here.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import opentimelineio as otio

Known = Literal["measured", "seen", "read", "unknown"]

UNCOMPRESSED = frozenset({".wav", ".aif", ".aiff"})
"""Sound files that every editor opens, and counts from the sample that we call second 0.

Other songs are left out although editors open some: Premiere's published list lacks OGG, and
programs disagree on the encoder delay of MP3 and AAC, which shifts the song against the cuts.
"""

FEATURES = {
    "metadata": "metadata under the key idolsync",
    "names": "clips named otherwise than their files",
    "markers": "timeline markers",
    "colors": "coloured markers",
    "beyond_premiere": "markers in pink, magenta or black",
    "shared_frames": "several markers on one frame",
    "freeze": "freeze frames",
    "retimed": "clips at another speed",
    "disabled": "clips that are switched off",
    "nested": "nested timelines",
    "no_file": "clips without a file",
    "generators": "generators",
    "tracks": "tracks that are locked, switched off or have names of their own",
    "transitions": "transitions",
    "audio_transitions": "transitions on audio tracks",
    "adjusted": "clips with adjustments of Final Cut's",
    "clips": "clips",
    "faces": "several media references a clip",
    "unknown_objects": "objects of a schema that OpenTimelineIO does not know",
}
"""Everything that a printout can speak of, in words."""


@dataclass(frozen=True, slots=True)
class Loss:
    """Something that does not get through.

    Attributes:
        feature: What a timeline must hold for it to matter, a key of :data:`FEATURES`.
        sentence: What happens to it.
        known: How that is known.
        source: Where that was measured, seen or read.
    """

    feature: str
    sentence: str
    known: Known
    source: str


@dataclass(frozen=True, slots=True)
class Editor:
    """An editor, or a format that stands for several.

    Attributes:
        name: What ``--for`` calls it.
        title: What people call it, with its format.
        write: ``module:function`` that returns a timeline's text and what it could not write.
        importing: Paragraphs on how to get the file in and back, in Markdown.
        losses: What it cannot carry.
        dialect: Which of the writer's dialects it wants, "" where there is but one.
        opens: Sound files that it opens; the song is written as a WAV beside any other. None
            where no sound goes along.
        marker_list: Whether a list of the markers is written beside the timeline.
        versions: Whether the format has versions to choose from.
        markers_on: What the timeline's markers lie on unless somebody chooses: ``song`` or
            ``picture``; "" where there is no choice.
    """

    name: str
    title: str
    write: str
    importing: tuple[str, ...]
    losses: tuple[Loss, ...]
    dialect: str = ""
    opens: frozenset[str] | None = None
    marker_list: bool = False
    versions: bool = False
    markers_on: str = ""

    def text(
        self,
        timeline: otio.schema.Timeline,
        version: str | None = None,
        markers_on: str | None = None,
    ) -> tuple[str, list[str]]:
        """Return a timeline in its format, and a sentence for each thing that was not written.

        Args:
            timeline: What to write.
            version: Of the format, where it has versions.
            markers_on: What the timeline's markers lie on, where the format has a choice.

        Raises:
            IdolsyncError: One sentence on what cannot be written.
        """
        module, _, function = self.write.partition(":")
        chosen = [one for one in (self.dialect, version) if one]
        more = {"markers_on": markers_on or self.markers_on} if self.markers_on else {}
        text, losses = getattr(importlib.import_module(module), function)(timeline, *chosen, **more)
        return text, list(losses)


OWN = "our own round trips"
SONG_MARKERS = (
    "Markers lie on the sequence; `--markers-on song` puts them on the song's own clips, with "
    "which they move, and leaves on the sequence those under which no song lies."
)
UNPROVEN = (
    "bars, reasons and handles ride in our own block, which this editor may drop; ids also stand "
    "in texts that it keeps"
)
SLUG = Loss("generators", "one that no editor made shows as a black slug", "measured", OWN)
ADJUSTED = Loss(
    "adjusted",
    "crops, places, blends, colours and levels that were set there have no form here: they come "
    "back from our own carrier only",
    "measured",
    OWN,
)
