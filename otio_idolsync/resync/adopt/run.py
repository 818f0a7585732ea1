"""Adopt a human's cut: find its song, analyse it, and write beside the clips what a plan knows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Unpack

import opentimelineio as otio

from otio_idolsync.analysis.analyze import analyze, check_listening
from otio_idolsync.analysis.listening import Listening
from otio_idolsync.analysis.model import Analysis
from otio_idolsync.cut.blocks import Metadata
from otio_idolsync.cut.bundle import beside, in_cache
from otio_idolsync.cut.doubts import doubts_of
from otio_idolsync.cut.files import sheet_losses
from otio_idolsync.cut.locate import Locator
from otio_idolsync.cut.model import SyncSheet
from otio_idolsync.cut.otio_form import sheet_of
from otio_idolsync.cut.read import CutFile, read_cut
from otio_idolsync.interchange.appearance.cover import hides
from otio_idolsync.media.cache import cache_folder
from otio_idolsync.media.known import KnownMedia
from otio_idolsync.media.remote import Remote
from otio_idolsync.media.song import Song
from otio_idolsync.options import part_of, takes
from otio_idolsync.planning.build import PlanSettings, plan_id_of, spine_of, timeline_block
from otio_idolsync.planning.marks import song_marks
from otio_idolsync.resync.adopt.meant import Meant, frame_size, meant_of
from otio_idolsync.resync.adopt.options import AdoptOptions
from otio_idolsync.resync.adopt.shots import Adopted, Hand, adopt_shots, shots_of
from otio_idolsync.resync.adopt.song import FoundSong
from otio_idolsync.resync.adopt.written import write_all
from otio_idolsync.resync.by_ear import Ear
from otio_idolsync.resync.flatten import flatten
from otio_idolsync.resync.relock import sheet_through
from otio_idolsync.resync.remap import settle_relative
from otio_idolsync.resync.told import Bearings

Progress = Callable[[str, float], None]
_SAID = frozenset(("rate", "drop_frame", "size", "pins", "backend"))


@dataclass(frozen=True, slots=True, eq=False)
class AdoptReport:
    """A human's cut as a cut of ours.

    Attributes:
        timeline: It, its clips, tracks and ranges as they were.
        sheet: The same as a sync sheet.
        song: Where the song was found.
        shots: Its shots in time order.
        analysis: The song's analysis.
        warnings: What a person should know.
        doubts: What a person should look at.
        losses: What the sync sheet cannot carry.
    """

    timeline: otio.schema.Timeline
    sheet: SyncSheet
    song: FoundSong
    shots: tuple[Adopted, ...]
    analysis: Analysis
    warnings: tuple[str, ...]
    doubts: tuple[str, ...]
    losses: tuple[str, ...]

    @property
    def needs_a_person(self) -> bool:
        """Whether the tool had to choose, or something is missing."""
        return bool(self.doubts)

    def to_json(self) -> dict[str, Any]:
        """Return the report ``idolsync.adopt/1``."""
        return {
            "schema": "idolsync.adopt/1",
            "sequence": self.timeline.name,
            "plan_id": self.sheet.metadata["plan_id"],
            "song": self.song.to_json(),
            "shots": [shot.to_json() for shot in self.shots],
            "warnings": [*self.doubts, *self.warnings],
            "losses": list(self.losses),
        }


@takes(AdoptOptions)
def adopt(
    edit: Path | str | otio.schema.Timeline,
    song: Path | str,
    *,
    output: Path | str | None = None,
    progress: Progress | None = None,
    **asked: Unpack[AdoptOptions],
) -> AdoptReport:
    """Return a human's cut as one of ours: ids, song ranges, grid, markers and reasons are added.

    Args:
        edit: The cut, in any form that is read here; it stays as it is.
        song: The song that it is cut to.
        output: The file that the cut is for; relative media paths are made to hold there, by
            default beside the edit.
        progress: Called with a stage's name and the share done.
        **asked: How it is read and heard, see `AdoptOptions`.

    Raises:
        IdolsyncError: One sentence on what cannot be used.
    """
    listening, root = part_of(asked, Listening), cache_folder(asked["cache"])
    check_listening(listening)
    media, held = KnownMedia(root), read_cut(edit)
    opened = media.song(Path(song), asked["audio_stream"])
    fetch = Remote(root).fetch if asked["allow_remote"] else None
    target = Path(output).expanduser().absolute() if output else None
    folder = held.folder(beside(target) if target else in_cache(root))
    locator = Locator(folder, tuple(asked["media_map"]), fetch)
    meant = meant_of(held, asked["sequence"], Ear(opened, locator, media.song))
    made, clock, found = meant.timeline, meant.clock, meant.song
    cut = flatten(made, clock=clock)
    analysis = analyze(opened, cache=asked["cache"], progress=progress, **listening)
    size, sized = frame_size(cut, meant.block, locator, media)
    media.save()
    sheet = _sheet(made.name, opened, analysis, _settings(meant, size, analysis), found)
    bearings = Bearings.of(sheet.metadata, sheet.marks, clock, found.spine.pieces)
    hand = Hand(bearings, opened.sample_rate, analysis)
    shots, next_shot = adopt_shots(cut, hand, int(meant.block.get("next_shot", 1)))
    block = sheet.metadata | {"next_shot": next_shot}
    block["plan_id"] = plan_id_of(block, shots_of(cut))
    write_all(made, replace(sheet, metadata=block), found)
    if held.path and target:
        settle_relative(made, [folder], target)
    whole, losses = sheet_of(made, hides=lambda clip: hides(clip, size))
    warnings = (
        *held.notes, *meant.warnings, *analysis.warnings, *sized, *found.warnings, *cut.notes,
        *doubts_of(made, clock),
    )  # fmt: skip
    return AdoptReport(
        made, whole, found, tuple(shots), analysis, tuple(dict.fromkeys(warnings)),
        (*_ours(held, meant.block, shots), *found.doubts), sheet_losses(losses),
    )  # fmt: skip


def _settings(meant: Meant, size: tuple[int, int], analysis: Analysis) -> PlanSettings:
    """Return the settings of a cut; of one that was ours already, with what decided that."""
    before = meant.block.get("settings") or {}
    pins = tuple(float(pin) for pin in before.get("pins") or ())
    own = {key: value for key, value in before.items() if key not in _SAID}
    return PlanSettings(meant.clock, size, pins, own | {"backend": analysis.backends["beats"]})


def _sheet(
    name: str, song: Song, analysis: Analysis, settings: PlanSettings, found: FoundSong
) -> SyncSheet:
    """Return the sheet of a cut without its shots: grid and markers where the song lies."""
    spine, clock = spine_of(song), settings.clock
    block = timeline_block(spine, analysis, settings, 1)
    if found.found_by not in ("identity", "nothing"):
        block["song"]["url"] = spine.url
    marks = song_marks(analysis, clock, settings.pins)
    sheet = SyncSheet(name, clock, settings.size, spine, (), marks, block)
    return sheet if found.spine.ok else sheet_through(sheet, found.spine, True)


def _ours(held: CutFile, before: Metadata, shots: Sequence[Adopted]) -> list[str]:
    """Return a sentence where a cut was one of ours already."""
    known = sum(shot.is_known for shot in shots)
    if not known and not before.get("plan_id"):
        return []
    name = held.path.name if held.path else "it"
    plan = f" (plan {before['plan_id'][:4]})" if before.get("plan_id") else ""
    return [
        f"{name} is a cut of ours already{plan}: {known} of {len(shots)} shots keep their "
        "ids, and the grid is new (--grid CUT.otio keeps a cut's); what an editor did to a plan is "
        "for resync to say"
    ]
