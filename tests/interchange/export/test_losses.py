"""The list of losses: whole, used, and the same in the docs."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import opentimelineio as otio
import pytest

from otio_idolsync.cut.read import read_timeline
from otio_idolsync.interchange.editors import EDITORS
from otio_idolsync.interchange.editors.model import FEATURES
from otio_idolsync.interchange.export import EditorName
from otio_idolsync.interchange.losses import features_of
from otio_idolsync.interchange.page import page

PAGE = Path(__file__).parents[3] / "docs" / "interchange.md"


def test_the_committed_page_is_what_the_code_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "run: python -m otio_idolsync.interchange.page > docs/interchange.md"
    )


def test_every_editor_has_its_losses_and_every_feature_is_spoken_of() -> None:
    assert set(EDITORS) == set(get_args(EditorName))
    told = {loss.feature for editor in EDITORS.values() for loss in editor.losses}
    assert told == set(FEATURES)


def test_no_loss_is_told_twice_for_an_editor() -> None:
    for editor in EDITORS.values():
        assert len({loss.sentence for loss in editor.losses}) == len(editor.losses)


def test_the_page_has_a_section_for_every_editor_and_no_broken_table() -> None:
    for editor in EDITORS:
        assert f"--for {editor}`" in page() or f"--for {editor} " in page()
    for line in page().splitlines():
        if line.startswith("|"):
            assert line.count("|") in (3, 4), line


def test_an_empty_timeline_holds_nothing_to_lose() -> None:
    assert not +features_of(otio.schema.Timeline())


@pytest.mark.parametrize("kind", ["video", "audio"])
def test_transitions_are_counted_by_their_track(kind: str) -> None:
    timeline = otio.schema.Timeline()
    track = otio.schema.Track("V1", kind=kind.title())
    track.append(otio.schema.Transition("d"))
    timeline.tracks.append(track)
    name = "transitions" if kind == "video" else "audio_transitions"
    assert +features_of(timeline) == {name: 1}


def test_features_of_every_real_native_timeline_can_be_counted(shared: Path) -> None:
    files = sorted((shared / "corpus" / "interchange" / "otio").glob("*.otio"))
    assert len(files) >= 16
    for file in files:
        assert features_of(read_timeline(file))["clips"] > 0


def test_what_only_our_carrier_holds_of_tracks_and_generators_is_counted() -> None:
    timeline = otio.schema.Timeline()
    names = (("V1", {}), ("V2", {"fcp_xml": {"locked": "TRUE"}}), ("Titles", {}))
    for name, metadata in names:
        timeline.tracks.append(otio.schema.Track(name, kind="Video", metadata=metadata))
    slate = otio.schema.GeneratorReference("slate", "Slate")
    span = otio.opentime.TimeRange(
        otio.opentime.RationalTime(0, 24), otio.opentime.RationalTime(9, 24)
    )
    timeline.tracks[0].append(otio.schema.Clip("", slate, span))
    held = features_of(timeline)
    assert (held["tracks"], held["generators"], held["no_file"]) == (2, 1, 1)
