"""A plan made anew leaves alone what a human decided."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from otio_idolsync.cut.files import write_sheet_files
from otio_idolsync.cut.model import Mark, SyncSheet
from otio_idolsync.cut.read import read_sheet
from otio_idolsync.errors import PlanError
from otio_idolsync.planning.plan import plan

EDITED = 4


@pytest.fixture(scope="module")
def shots(tmp_path_factory: pytest.TempPathFactory, make_clip: Callable[..., Path]) -> Path:
    folder = tmp_path_factory.mktemp("keep") / "shots"
    for number in range(5):
        make_clip(folder / f"A{number}.mp4", frames=500)
    (folder / "shots.toml").write_text("[[shot]]\nfile = 'A0.mp4'\nmax_uses = 3\n")
    return folder


def edited(sheet: SyncSheet) -> SyncSheet:
    """Roll a cut by 5 frames, pin another shot, and leave a note, as a re-synced edit has it."""
    rows = list(sheet.shots)
    a, b = rows[EDITED], rows[EDITED + 1]
    rows[EDITED] = replace(a, frames=a.frames - 5, metadata={**a.metadata, "edited": ["trimmed"]})
    rows[EDITED + 1] = replace(
        b,
        first_frame=b.first_frame - 5,
        frames=b.frames + 5,
        source_in=b.source_in - 5,
        metadata={**b.metadata, "edited": ["trimmed"]},
    )
    pinned = rows[EDITED + 3]
    rows[EDITED + 3] = replace(pinned, metadata={**pinned.metadata, "instructions": ["pin"]})
    note = Mark("client: brighter", 100, 0, "PINK", "by phone")
    return replace(sheet, shots=tuple(rows), marks=(*sheet.marks, note))


@pytest.fixture
def kept(long_song: Path, shots: Path, tmp_path: Path) -> tuple[SyncSheet, Path]:
    sheet = edited(plan(long_song, shots, seed=1).sheet)
    write_sheet_files(sheet, tmp_path / "next.otio")
    return sheet, tmp_path / "next.otio"


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_edited_and_pinned_shots_stay_exactly_as_they_are(
    long_song: Path, shots: Path, kept: tuple[SyncSheet, Path], seed: int
) -> None:
    before, path = kept
    after = plan(long_song, shots, seed=seed, keep=path).sheet
    for number in (EDITED, EDITED + 1, EDITED + 3):
        assert before.shots[number] in after.shots
    at = 0
    for shot in after.shots:
        assert shot.first_frame == at
        at += shot.frames
    assert at == sum(shot.frames for shot in before.shots)
    urls = [shot.media.url for shot in after.shots]
    assert all(x != y for x, y in itertools.pairwise(urls))
    assert sum(url.endswith("A0.mp4") for url in urls) <= 3


def test_an_id_is_never_given_to_another_shot(
    long_song: Path, shots: Path, kept: tuple[SyncSheet, Path]
) -> None:
    before, path = kept
    after = plan(long_song, shots, seed=9, keep=path).sheet
    ids = [shot.shot_id for shot in after.shots]
    assert len(set(ids)) == len(ids)
    was = {shot.shot_id: (shot.first_frame, shot.frames, shot.media) for shot in before.shots}
    for shot in after.shots:
        known = was.get(shot.shot_id, (shot.first_frame, shot.frames, shot.media))
        assert known == (shot.first_frame, shot.frames, shot.media)
        assert shot.name.startswith(shot.shot_id)
    assert int(after.metadata["next_shot"]) > max(int(i[1:]) for i in ids)
    assert after.metadata["plan_id"] != before.metadata["plan_id"]


def test_the_editors_own_markers_stay_and_ours_are_not_doubled(
    long_song: Path, shots: Path, kept: tuple[SyncSheet, Path]
) -> None:
    before, path = kept
    after = plan(long_song, shots, keep=path).sheet
    assert [m.name for m in after.marks if "kind" not in m.metadata] == ["client: brighter"]
    assert len(after.marks) == len(before.marks)


def test_what_stays_is_found_again_in_a_portable_folder(
    long_song: Path, shots: Path, kept: tuple[SyncSheet, Path], tmp_path: Path
) -> None:
    _, path = kept
    after = plan(long_song, shots, keep=path, relative_to=tmp_path).sheet
    write_sheet_files(after, tmp_path / "portable.otio")
    assert not any(shot.media.url.startswith("file:") for shot in after.shots)
    again = plan(long_song, shots, keep=tmp_path / "portable.otio").sheet
    stays = [s for s in again.shots if s.metadata.get("edited")]
    assert [s.media.url for s in stays] == [
        s.media.url for s in read_sheet(path).shots if s.metadata.get("edited")
    ]


def test_an_edit_of_another_song_or_rate_is_refused(
    long_song: Path, shots: Path, kept: tuple[SyncSheet, Path]
) -> None:
    before, path = kept
    with pytest.raises(PlanError, match="add --fps 24"):
        plan(long_song, shots, fps=25, keep=path)
    other = replace(
        before,
        spine=replace(before.spine, sha256="0" * 64),
        metadata={**before.metadata, "song": {"sha256": "0" * 64}},
    )
    write_sheet_files(other, path)
    with pytest.raises(PlanError, match="is not cut to long song"):
        plan(long_song, shots, keep=path)
