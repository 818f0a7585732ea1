"""A shot's id survives in any text that an editor keeps."""

from __future__ import annotations

import pytest

from otio_idolsync.interchange.identity import ShotTag, tag_of, tags_in, uuid_of

TAG = ShotTag("S012", "3fa9")


def test_a_tag_is_made_of_the_shot_and_the_plan() -> None:
    assert tag_of({"shot_id": "S012"}, {"plan_id": "3fa9c0ffee00"}) == TAG
    assert str(TAG) == "S012@3fa9"


@pytest.mark.parametrize(
    ("clip", "timeline"),
    [(None, None), ({}, {}), ({"shot_id": "S012"}, {}), ({"shot_id": "x"}, {"plan_id": "3fa9"})],
)
def test_what_was_not_planned_has_no_tag(clip: dict[str, str], timeline: dict[str, str]) -> None:
    assert tag_of(clip, timeline) is None


@pytest.mark.parametrize(
    "text",
    ["S012@3fa9", "S012 chorus · A03 [S012@3fa9]", "note: S012@3fa9, keep", "take_S012@3fa9.mov"],
)
def test_a_tag_is_found_in_any_text(text: str) -> None:
    assert tags_in([None, "", text, text]) == (TAG,)


@pytest.mark.parametrize("text", ["S012", "S012@3fag", "XS012@3fa9", "S012@3fa9c0ffee", "S12@3fa9"])
def test_what_only_looks_like_a_tag_is_none(text: str) -> None:
    assert tags_in([text]) == ()


def test_a_shots_uuid_is_always_the_same() -> None:
    assert uuid_of(TAG) == uuid_of(TAG) != uuid_of(TAG, 1)
