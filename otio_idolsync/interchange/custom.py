"""How the timecode of a timeline counts that no plan of ours has made."""

from __future__ import annotations

from dataclasses import replace

import opentimelineio as otio

from otio_idolsync.interchange.appearance.kept import FCPXML, XMEML, as_mapping
from otio_idolsync.timebase import Clock, can_drop_frames

_FORMATS = ((FCPXML, ("tcFormat",)), (XMEML, ("timecode", "displayformat")))


def custom_clock(timeline: otio.schema.Timeline, clock: Clock) -> Clock:
    """Return a foreign timeline's clock with its way of counting: as its editor or custom says.

    At 29.97 and 59.94 it drops frames where nothing speaks against that: its editor's own word, or
    a start at a whole hour of the other counting.

    Args:
        timeline: The timeline.
        clock: Its rate and start.
    """
    if not can_drop_frames(clock.rate):
        return clock
    said = _said(timeline)
    drops = said == "DF" if said in ("DF", "NDF") else _starts_dropping(timeline, clock)
    return replace(clock, drop_frame=drops)


def _said(timeline: otio.schema.Timeline) -> str:
    for key, path in _FORMATS:
        found = timeline.metadata.get(key)
        for part in path:
            found = as_mapping(found).get(part)
        if found:
            return str(found)
    return ""


def _starts_dropping(timeline: otio.schema.Timeline, clock: Clock) -> bool:
    if not timeline.global_start_time:
        return True
    hours = [Clock(clock.rate, drop).count_at_timecode("01:00:00:00") for drop in (True, False)]
    dropping, straight = (clock.start_frame % hour == 0 for hour in hours)
    return dropping or not straight
