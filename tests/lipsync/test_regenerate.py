"""A render generates exactly the lip-sync shots that are stale, each by its own provider."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import opentimelineio as otio
import pytest

from otio_idolsync import render
from otio_idolsync.cut.read import read_timeline
from otio_idolsync.lipsync.command import CommandProvider
from otio_idolsync.media.outputs import file_digest, remember
from otio_idolsync.media.song import Song
from otio_idolsync.rendering.model import RenderReport

RT, TR = otio.opentime.RationalTime, otio.opentime.TimeRange
MOUTH = {"x": 0.5, "y": 0.6, "width": 0.1}
WAV2LIP, LATENTSYNC = {"recipe": "wav2lip"}, {"recipe": "latentsync-1.6"}


class Cut:
    """A timeline of four shots under a song, written as our own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.path = folder, folder / "cut.otio"

    def build(self, song: Song, take: Path, face: Path) -> None:
        folder = self.folder
        shutil.copy(song.path, folder / "song.wav")
        shutil.copy(face, folder / "face.png")
        take.replace(folder / "take.mp4")
        timeline = otio.schema.Timeline("cut", global_start_time=RT(86400, 24))
        picture = otio.schema.Track("V1", kind=otio.schema.TrackKind.Video)
        picture.append(shot("take.mp4", 0, 24, "S001", "broll"))
        picture.append(shot("take.mp4", 40, 20, "S002", "lipsync", WAV2LIP))
        picture.append(shot("take.mp4", 90, 20, "S003", "lipsync", LATENTSYNC))
        picture.append(shot("face.png", 0, 20, "S004", "lipsync", {"mouth": MOUTH}, "puppet"))
        sound = otio.schema.Track("A1", kind=otio.schema.TrackKind.Audio)
        heard = TR(RT(0, 24000), RT(240000, 24000))
        reference = otio.schema.ExternalReference("song.wav", heard)
        sound.append(otio.schema.Clip("song.wav", reference, TR(RT(0, 24), RT(240, 24))))
        timeline.tracks.extend([picture, sound])
        self.write(timeline)

    def write(self, timeline: otio.schema.Timeline) -> None:
        otio.adapters.write_to_file(timeline, str(self.path))
        remember(self.path, file_digest(self.path))

    def edit(
        self, shot_id: str, change: Callable[[otio.schema.Clip, dict[str, Any]], None]
    ) -> None:
        """Change a clip and its metadata in the file."""
        timeline = read_timeline(self.path)
        for clip in timeline.video_tracks()[0]:
            if clip.metadata["idolsync"]["shot_id"] == shot_id:
                block = otio_plain(clip.metadata["idolsync"])
                change(clip, block)
                clip.metadata["idolsync"] = block
        self.write(timeline)

    def render(self) -> RenderReport:
        output, cache = self.folder / "final.mp4", self.folder / "cache"
        return render(self.path, output, size="320x180", cache=cache)

    def made(self) -> dict[str, tuple[int, str]]:
        """When each generated file was written, and its content."""
        files = sorted((self.folder / "cut.media").glob("*.mov"))
        return {path.stem: (path.stat().st_mtime_ns, file_digest(path)) for path in files}

    def frames(self) -> list[av.VideoFrame]:
        with av.open(str(self.folder / "final.mp4")) as movie:
            return list(movie.decode(video=0))


def otio_plain(block: Any) -> dict[str, Any]:
    return {key: otio_plain(v) if hasattr(v, "items") else v for key, v in block.items()}


def shot(url, start, frames, shot_id, role, params=None, provider="command") -> otio.schema.Clip:
    reference = otio.schema.ExternalReference(url, TR(RT(0, 24), RT(160, 24)))
    clip = otio.schema.Clip(shot_id, reference, TR(RT(start, 24), RT(frames, 24)))
    block: dict[str, Any] = {"schema": "idolsync.clip/1", "shot_id": shot_id, "role": role}
    if params is not None:
        block["lipsync"] = {"provider": provider, "params": params}
        block["handles"] = {"head": 6, "tail": 5}
    clip.metadata["idolsync"] = block
    return clip


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, song: Song, coded, face: Path) -> Path:
    """The cut before anything was generated for it."""
    folder = tmp_path_factory.mktemp("built")
    take = coded.clip(folder / "made.mp4", frames=160, size=(320, 180))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IDOLSYNC_CACHE", str(folder / "notes"))
        Cut(folder).build(song, take, face)
    return folder


@pytest.fixture(scope="module")
def rendered(built: Path, tmp_path_factory, tools_found) -> tuple[Path, RenderReport]:
    """The cut once it was rendered, and the report of that."""
    folder = tmp_path_factory.mktemp("rendered") / "cut"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IDOLSYNC_CACHE", str(folder / "notes"))
        tools_found(patch)
        return folder, copied(built, folder).render()


@pytest.fixture
def cut(rendered: tuple[Path, RenderReport], checkouts: Path) -> Cut:
    """A copy of the rendered cut."""
    return copied(rendered[0], checkouts / "cut")


def copied(before: Path, folder: Path) -> Cut:
    shutil.copytree(before, folder)
    cut = Cut(folder)
    cut.write(read_timeline(cut.path))
    return cut


def did(report: RenderReport) -> list[str]:
    return [shot.action for shot in report.shots]


def test_each_shot_is_generated_by_its_own_provider_for_its_range_and_handles(
    cut: Cut, rendered: tuple[Path, RenderReport], coded
) -> None:
    report = rendered[1]
    assert did(report) == ["encoded", "regenerated", "regenerated", "regenerated"]
    assert not report.needs_a_person
    shown = [coded.number(frame) for frame in cut.frames()[:64]]
    wanted = [*range(24), *range(40, 60), *range(90, 110)]
    # the tools work at 25 frames a second
    assert max(abs(a - b) for a, b in zip(shown, wanted, strict=True)) <= 1
    timeline = read_timeline(cut.path)
    for clip in timeline.video_tracks()[0][1:]:
        block = clip.metadata["idolsync"]
        made, first = block["lipsync"]["generated_for"], int(block["shot_id"][1:]) * 20 - 16
        assert block["handles"] == {"head": 6, "tail": 5}
        assert made["start_sample"] == (first - 6) * 1000
        assert made["samples"] == 31 * 1000
        with av.open(str(cut.folder / "cut.media" / f"{block['shot_id']}.mov")) as movie:
            assert len(list(movie.decode(video=0))) == 31
            assert movie.streams.video[0].average_rate == Fraction(24)


def test_only_what_became_stale_is_generated_again(cut: Cut, checkouts: Path) -> None:
    before = cut.made()
    assert did(cut.render()) == ["reused"] * 4
    assert cut.made() == before

    def slip(clip: otio.schema.Clip, _block: dict[str, Any]) -> None:
        span = clip.source_range
        clip.source_range = TR(RT(span.start_time.value + 3, 24), span.duration)

    cut.edit("S003", slip)
    report = cut.render()
    assert did(report) == ["reused", "reused", "regenerated", "reused"]
    after = cut.made()
    assert {s: after[s] for s in ("S002", "S004")} == {s: before[s] for s in ("S002", "S004")}
    assert after["S003"][1] != before["S003"][1]
    # a slipped filmed face goes on showing what it was slipped to
    timeline = read_timeline(cut.path)
    made = timeline.video_tracks()[0][2].metadata["idolsync"]["lipsync"]["generated_for"]
    assert made["face_frame"] == 90 + 3 - 6

    cut.edit("S004", lambda _clip, block: block["lipsync"].update(seed=5))
    assert did(cut.render()) == ["reused", "reused", "reused", "regenerated"]
    # a tool that is no longer there, and nothing that needs it
    shutil.rmtree(checkouts / "wav2lip")
    assert did(cut.render()) == ["reused"] * 4


def test_another_version_of_a_provider_makes_its_shots_anew(
    cut: Cut, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut.edit("S003", lambda _clip, block: block.update(role="broll"))
    monkeypatch.setattr(CommandProvider, "version", "next")
    assert did(cut.render()) == ["reused", "regenerated", "reused", "reused"]


def test_a_generated_file_that_is_lost_comes_back_from_the_cache(cut: Cut) -> None:
    before = cut.made()
    (cut.folder / "cut.media" / "S002.mov").unlink()
    (cut.folder / "cut.media" / "S004.mov").unlink()
    report = cut.render()
    assert did(report) == ["reused"] * 4
    assert {s: made[1] for s, made in cut.made().items()} == {s: m[1] for s, m in before.items()}


@pytest.mark.parametrize(
    ("code", "more", "said"),
    [
        ("sys.exit('no face was found')", {}, "no face was found"),
        ("import time; time.sleep(60)", {"timeout": 1.0}, "not done after 1 s"),
        ("copy(sys.argv[1], sys.argv[3], 5, False)", {"length": "trim"}, "wrote 5 frames"),
    ],
)
def test_a_provider_that_fails_costs_one_shot(
    built: Path,
    checkouts: Path,
    recipes: Callable[..., None],
    code: str,
    more: dict[str, Any],
    said: str,
) -> None:
    cut = copied(built, checkouts / "cut")
    recipes("bad", code, **more)
    for shot_id in ("S003", "S004"):
        cut.edit(shot_id, lambda _clip, block: block.update(role="broll"))
    cut.edit("S002", lambda _clip, block: block["lipsync"].update(params={"recipe": "bad"}))
    report = cut.render()
    assert did(report) == ["encoded"] * 4
    assert report.needs_a_person
    assert any("S002 shows a face that does not sing" in w and said in w for w in report.warnings)
    corner = [frame.to_ndarray(format="gray")[140:175, 8:200] for frame in cut.frames()]
    assert corner[30].max() > 200  # a mark in the picture
    assert corner[10].max() < 150
    assert not cut.made()


def test_a_provider_that_fails_later_leaves_the_old_version(
    cut: Cut, recipes: Callable[..., None], coded
) -> None:
    before, frames = cut.made(), [coded.number(frame) for frame in cut.frames()[:64]]
    recipes("bad", "sys.exit('out of memory')")
    cut.edit("S002", lambda _clip, block: block["lipsync"].update(params={"recipe": "bad"}))
    report = cut.render()
    assert did(report) == ["reused"] * 4
    assert report.needs_a_person
    assert any("S002 shows what was generated before" in w for w in report.warnings)
    assert cut.made() == before
    assert [coded.number(frame) for frame in cut.frames()[:64]] == frames
