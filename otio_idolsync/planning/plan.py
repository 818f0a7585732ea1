"""From a song and a folder of shots to a sync sheet: analyse, cut, cast, build."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Unpack

import numpy as np

from otio_idolsync.analysis.analyze import analyze, check_listening
from otio_idolsync.analysis.listening import Listening
from otio_idolsync.analysis.model import Analysis
from otio_idolsync.cut.model import SyncSheet
from otio_idolsync.cut.remark import Remark
from otio_idolsync.errors import UsageError
from otio_idolsync.library.model import Source
from otio_idolsync.library.scan import scan_shots
from otio_idolsync.media.cache import cache_folder
from otio_idolsync.media.known import KnownMedia
from otio_idolsync.media.size import black_share, black_warning, even_size, parse_size
from otio_idolsync.media.song import Song
from otio_idolsync.options import part_of, takes
from otio_idolsync.planning.build import PlanSettings, build_sheet
from otio_idolsync.planning.casting import Cast, cast_slots
from otio_idolsync.planning.cuts import CutList, CutSettings, plan_cuts
from otio_idolsync.planning.fitting import SUNG_SHARE, SURELY_SUNG
from otio_idolsync.planning.keep import Kept, free_slots, less_used, read_kept, weave
from otio_idolsync.planning.model import Casting
from otio_idolsync.planning.options import PlanOptions
from otio_idolsync.planning.pacing import load_pacing
from otio_idolsync.planning.score import sung_share
from otio_idolsync.timebase import Clock, Moment, asked_rate, parse_frames, parse_moment

Progress = Callable[[str, float], None]
_DOUBTFUL = (
    f"it is doubtful that somebody sings here (confidence below {SURELY_SUNG:g}): an instrument "
    "may pass for a voice; --vocals takes a stem, or demucs, and is sure"
)
_BLACK_WAYS_OUT = "render --fit fill covers it and cuts the rest off, --size plans another shape"


@dataclass(frozen=True, slots=True)
class Planned:
    """A finished plan.

    Attributes:
        sheet: The cut.
        analysis: The song's analysis it was made from.
        placeholders: Ids of the shots that no source could fill, with the reason.
        warnings: What a person should know.
        notes: What is of interest only to somebody who asks (files passed over).
    """

    sheet: SyncSheet
    analysis: Analysis
    placeholders: dict[str, str]
    warnings: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def timeline(self) -> Any:
        """The plan as an ``opentimelineio.schema.Timeline``; made anew at each call."""
        from otio_idolsync.cut.otio_form import timeline_of

        return timeline_of(self.sheet)


@takes(PlanOptions)
def plan(
    song: Path | str,
    shots: Path | str | None = None,
    *,
    progress: Progress | None = None,
    **asked: Unpack[PlanOptions],
) -> Planned:
    """Return the planned cut of a song.

    Args:
        song: The locked song.
        shots: Folder of clips, stills and image sequences; without it every shot is a slate.
        progress: Called with a stage's name and the share done.
        **asked: How it is cut, see `PlanOptions`.

    Raises:
        IdolsyncError: One sentence on what cannot be used.
    """
    clock = Clock.at(asked_rate(asked["fps"]), asked["drop_frame"])
    frame_size, resized = even_size(parse_size(asked["size"]))
    beats = parse_beats_per_cut(asked["beats_per_cut"])
    pace, lead_frames = load_pacing(str(asked["pacing"])), parse_frames(asked["lead"])
    moments = [parse_moment(pin) for pin in asked["pins"]]
    listening, cache = part_of(asked, Listening), asked["cache"]
    check_listening(listening)
    media = KnownMedia(cache_folder(cache))
    opened = media.song(song, asked["audio_stream"])
    keep, relative_to = asked["keep"], asked["relative_to"]
    kept = read_kept(keep, opened, clock, relative_to) if keep else None
    library = scan_shots(shots, progress, media.infos) if shots is not None else None
    media.save()
    analysis = analyze(opened, cache=cache, progress=progress, **listening)
    beat_times = analysis.grid.beats.tolist()
    numbers = analysis.grid.numbers.tolist()
    seconds = tuple(sorted({_pinned(m, clock, opened, beat_times, numbers) for m in moments}))
    sources: tuple[Source, ...] = library.sources if library else ()
    policy, seed = asked["energy_policy"], asked["seed"]
    cutting = CutSettings(clock, pace, beats, policy, seconds, lead_frames, seed)
    cuts, cast = _cut_and_cast(analysis, cutting, sources, kept)
    choices = _choices(cutting, analysis.backends.get("beats", ""))
    settings = PlanSettings(clock, frame_size, seconds, choices, relative_to)
    sheet = build_sheet(opened, analysis, cast.castings, settings)
    if kept:
        sheet = weave(sheet, kept)
    return Planned(
        sheet,
        analysis,
        _placeholders(sheet, cast.castings),
        (
            *analysis.warnings,
            *resized,
            *(library.warnings if library else ()),
            *(kept.losses if kept else ()),
            *cuts.warnings,
            *cast.warnings,
            *_letterboxed(sheet, cast.castings),
            *_doubtful(sheet, cast.castings, analysis),
        ),
        tuple(f"passed over: {path}" for path in library.ignored) if library else (),
    )


def _choices(asked: CutSettings, backend: str) -> dict[str, Any]:
    """Return what decided the plan, for the timeline's settings."""
    return {
        "pacing": asked.pacing.name,
        "beats_per_cut": list(asked.beats_per_cut or ()),
        "energy_policy": asked.energy_policy,
        "lead": asked.lead_frames,
        "seed": asked.seed,
        "backend": backend,
    }


def _cut_and_cast(
    analysis: Analysis, asked: CutSettings, sources: tuple[Source, ...], kept: Kept | None
) -> tuple[CutList, Cast]:
    """Return the cuts and what fills them; where something is kept, of the free slots only."""
    if kept is None:
        cuts = plan_cuts(analysis, asked)
        return cuts, cast_slots(cuts.slots, sources, asked.clock, analysis, asked.seed)
    cuts = plan_cuts(analysis, replace(asked, pins=(*asked.pins, *kept.pins())))
    free, beside = free_slots(kept, cuts.slots)
    spare = less_used(kept, sources)
    return cuts, cast_slots(free, spare, asked.clock, analysis, asked.seed, beside)


def _pinned(
    pin: Moment, clock: Clock, song: Song, beats: Sequence[float], numbers: Sequence[int]
) -> float:
    seconds = float(pin.on(clock, beats, numbers))
    if not 0 <= seconds <= song.duration:
        last = clock.timecode(clock.frames_covering(song.duration) - 1)
        raise UsageError(
            f"pin {pin.text} lies outside the song, which lasts {song.duration:.3f} s, "
            f"{clock.timecode(0)} to {last}"
        )
    return seconds


def _placeholders(sheet: SyncSheet, castings: Sequence[Casting]) -> dict[str, str]:
    why = {c.slot.first_frame: c.why for c in castings if c.role == "placeholder"}
    return {s.shot_id: why[s.first_frame] for s in sheet.shots if s.first_frame in why}


def _doubtful(
    sheet: SyncSheet, castings: Sequence[Casting], analysis: Analysis
) -> Iterator[Remark]:
    """Yield the shots that show somebody sing where it is not sure that somebody does."""
    doubted = [phrase for phrase in analysis.vocals if phrase.confidence < SURELY_SUNG]
    singers = [c.slot for c in castings if c.role in ("lipsync", "performance")]
    edges = [np.array([getattr(slot, edge) for slot in singers]) for edge in ("start", "end")]
    doubtful = sung_share(doubted, *edges) >= SUNG_SHARE
    frames = {slot.first_frame for slot, doubt in zip(singers, doubtful, strict=True) if doubt}
    for shot in sheet.shots:
        if shot.first_frame in frames:
            yield Remark(shot.shot_id, _DOUBTFUL)


def _letterboxed(sheet: SyncSheet, castings: Sequence[Casting]) -> list[str]:
    """Return one warning of all cast shots that leave more than a quarter of the picture black."""
    media = {c.slot.first_frame: c.source.media for c in castings if c.source}
    shares = dict.fromkeys((shot.shot_id for shot in sheet.shots), Fraction(0))
    for shot in sheet.shots:
        if info := media.get(shot.first_frame):
            shares[shot.shot_id] = black_share((info.width, info.height), sheet.size)
    return black_warning(shares, sheet.size, _BLACK_WAYS_OUT)


def parse_beats_per_cut(text: str) -> tuple[int, int]:
    """Return the least and most beats a shot lasts, from ``4-8`` or ``4``.

    Raises:
        UsageError: Not two rising whole numbers from 1 to 64.
    """
    found = re.fullmatch(r"(\d+)(?:-(\d+))?", str(text).strip())
    low, high = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if not 1 <= low <= high <= 64:
        raise UsageError(f"beats per cut {text!r} is not understood; write for example 4-8")
    return low, high
