"""A check finds what a person would have to look for, and nothing else."""

from __future__ import annotations

import json
import shutil
import subprocess
import wave
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import jsonschema
import numpy as np
import opentimelineio as otio
import pytest

from otio_idolsync.cut.files import write_sheet_files
from otio_idolsync.errors import MediaError, TimelineError
from otio_idolsync.media.ffmpeg import find_ffmpeg
from otio_idolsync.planning.plan import plan
from otio_idolsync.rendering.render import render
from otio_idolsync.report.check import CheckReport, check, check_text
from otio_idolsync.report.sound_lags import best_lag
from otio_idolsync.schemas import load_schema

RT, TR = otio.opentime.RationalTime, otio.opentime.TimeRange
Picture = Callable[[int, np.ndarray], np.ndarray]


class Made:
    """A planned cut and its movie, and ways to spoil copies of them."""

    def __init__(self, folder: Path, song: Path, clip: Callable[..., Path]) -> None:
        self.folder = folder
        self.song = Path(shutil.copy(song, folder / "song.wav"))
        for number in range(3):
            clip(folder / "shots" / f"A{number}.mp4", frames=400)
        self.cut, self.movie = folder / "cut.otio", folder / "final.mov"
        planned = plan(self.song, folder / "shots", size="64x36", relative_to=folder)
        write_sheet_files(planned.sheet, self.cut)
        render(self.cut, self.movie, audio_codec="pcm")

    def copied(self, to: Path) -> Path:
        """Copy the project, so that a test may spoil its files."""
        shutil.copytree(self.folder, to, ignore=shutil.ignore_patterns("*.mov"))
        return to / "cut.otio"

    def edited(self, change: Callable[[otio.schema.Timeline], None], cut: Path) -> Path:
        """Change a copied timeline in place."""
        timeline = otio.adapters.read_from_file(str(cut))
        change(timeline)
        otio.adapters.write_to_file(timeline, str(cut))
        return cut

    def samples(self) -> np.ndarray:
        with wave.open(str(self.song)) as song:
            return np.frombuffer(song.readframes(song.getnframes()), "<i2")

    def spoiled(
        self,
        target: Path,
        picture: Picture = lambda _k, image: image,
        sound: np.ndarray | None = None,
        rate: Fraction = Fraction(24),
        frames: int | None = None,
        tagged: bool = True,
        ranges: tuple[int, int] = (1, 1),
    ) -> Path:
        """Write the movie again with other pictures, sound, rate, length or levels."""
        with av.open(str(self.movie)) as movie:
            images = [f.to_ndarray(format="rgb24") for f in movie.decode(video=0)][:frames]
        with av.open(str(target), "w") as out:
            stream = out.add_stream("libx264", rate=rate, options={"crf": "12"})
            stream.width, stream.height, stream.pix_fmt = 64, 36, "yuv420p"
            if tagged:
                codec = stream.codec_context
                codec.colorspace = codec.color_primaries = codec.color_trc = 1
                codec.color_range = 1
            heard = out.add_stream("pcm_s16le", rate=22050, layout="mono")
            for number, image in enumerate(images):
                frame = av.VideoFrame.from_ndarray(picture(number, image), format="rgb24")
                frame = frame.reformat(format="yuv420p", dst_colorspace=1)
                if ranges != (1, 1):
                    frame = frame.reformat(src_color_range=ranges[0], dst_color_range=ranges[1])
                frame.pts, frame.time_base = number, 1 / rate
                out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
            samples = self.samples() if sound is None else sound.astype("<i2")
            part = av.AudioFrame.from_ndarray(samples[None], format="s16", layout="mono")
            part.sample_rate = 22050
            out.mux(heard.encode(part))
            out.mux(heard.encode(None))
        return target


@pytest.fixture(scope="module")
def made(
    tmp_path_factory: pytest.TempPathFactory, beat_song: Path, make_clip: Callable[..., Path]
) -> Made:
    return Made(tmp_path_factory.mktemp("check"), beat_song, make_clip)


def kinds(report: CheckReport) -> list[str]:
    return [finding.kind for finding in report.findings]


def one(report: CheckReport) -> Any:
    assert len(report.findings) == 1, report.findings
    return report.findings[0]


def test_a_plan_and_its_movie_have_nothing_to_look_at(made: Made) -> None:
    report = check(made.cut, made.movie)
    assert report.findings == ()
    assert report.measured["movie"]["frames"] == 24 * 24
    places = report.measured["movie"]["sound"]
    assert len(places) == 9
    assert max(abs(place["late_ms"]) for place in places) == 0
    assert max(abs(place["louder_db"]) for place in places) < 0.1
    assert "nothing to look at" in check_text(report)


def test_the_answer_is_what_its_schema_says(made: Made, tmp_path: Path) -> None:
    movie = made.spoiled(tmp_path / "short.mov", frames=24 * 24 - 1)
    data = json.loads(json.dumps(check(made.cut, movie).to_json()))
    jsonschema.validate(data, load_schema("check"))
    assert not data["ok"]


def test_a_spoiled_copy_is_clean_when_nothing_was_spoiled(made: Made, tmp_path: Path) -> None:
    assert check(made.cut, made.spoiled(tmp_path / "same.mov")).findings == ()


@pytest.mark.parametrize("lacks", [1, 2])
def test_a_picture_may_be_held_for_the_songs_last_frame_alone(
    made: Made, tmp_path: Path, lacks: int
) -> None:
    def reach_over(timeline: otio.schema.Timeline) -> None:
        *_, last = timeline.video_tracks()[0]
        frames = last.source_range.duration.value
        last.source_range = TR(RT(400 + lacks - frames, 24), RT(frames, 24))

    report = check(made.edited(reach_over, made.copied(tmp_path / "copy")))
    said = [f.text for f in report.findings if f.kind == "media"]
    assert said == ["the shot wants 2 frames of its media after its last frame"][: lacks - 1]


def test_a_movie_that_is_one_frame_short_is_found(made: Made, tmp_path: Path) -> None:
    found = one(check(made.cut, made.spoiled(tmp_path / "short.mov", frames=24 * 24 - 1)))
    assert found.kind == "frames"
    assert "1 too few" in found.text


@pytest.mark.parametrize(("ranges", "said"), [((1, 2), "full range"), ((2, 1), "washed out")])
def test_levels_that_are_not_those_of_the_tags_are_one_finding(
    moving: Made, tmp_path: Path, ranges: tuple[int, int], said: str
) -> None:
    movie = moving.spoiled(tmp_path / "levels.mov", ranges=ranges)
    assert av.open(str(movie)).streams.video[0].codec_context.color_range == 1
    found = one(check(moving.cut, movie))
    assert found.kind == "colour"
    assert said in found.text


def test_a_movie_at_another_rate_is_found(made: Made, tmp_path: Path) -> None:
    report = check(made.cut, made.spoiled(tmp_path / "pal.mov", rate=Fraction(25)))
    assert kinds(report)[0] == "rate"
    assert "25" in report.findings[0].text


@pytest.mark.parametrize("shift_ms", [12, -30, 400])
def test_shifted_sound_is_measured(made: Made, tmp_path: Path, shift_ms: int) -> None:
    count = round(22050 * shift_ms / 1000)
    own = made.samples()
    late = np.concatenate([np.zeros(count, "<i2"), own]) if count > 0 else own[-count:]
    found = one(check(made.cut, made.spoiled(tmp_path / "late.mov", sound=late)))
    assert found.kind == "sound"
    assert ("late" if shift_ms > 0 else "early") in found.text
    assert found.facts["late_ms"] == pytest.approx(shift_ms, abs=0.1)


def test_sound_that_its_file_lets_begin_later_is_late(made: Made, tmp_path: Path) -> None:
    same = made.spoiled(tmp_path / "same.mov")
    twice = [find_ffmpeg()[0], "-v", "error", "-i", same, "-itsoffset", "0.08", "-i", same]
    maps = ["-map", "0:v", "-map", "1:a", "-c", "copy", tmp_path / "late.mov"]
    subprocess.run([*twice, *maps], check=True)
    found = one(check(made.cut, tmp_path / "late.mov"))
    assert found.facts["late_ms"] == pytest.approx(80, abs=0.1)


def test_drifting_sound_is_told_from_late_sound(made: Made, tmp_path: Path) -> None:
    own = made.samples()
    slower = np.interp(np.arange(0, len(own) - 1, 0.999), np.arange(len(own)), own)
    found = one(check(made.cut, made.spoiled(tmp_path / "drift.mov", sound=slower)))
    assert found.kind == "sound"
    assert "drifts" in found.text


def test_another_level_and_a_silent_movie_are_found(made: Made, tmp_path: Path) -> None:
    found = one(check(made.cut, made.spoiled(tmp_path / "low.mov", sound=made.samples() // 2)))
    assert found.kind == "level"
    assert found.facts["louder_db"] == pytest.approx(-6, abs=0.3)
    silent = made.spoiled(tmp_path / "silent.mov", sound=0 * made.samples())
    assert kinds(check(made.cut, silent)) == ["sound"]


def test_a_loop_is_not_taken_for_a_lag() -> None:
    """Music that repeats exactly fits at every repeat: the place where it belongs wins."""
    phrase = np.random.default_rng(1).normal(size=4000).astype(np.float32)
    near = np.tile(phrase, 5)
    lag, likeness = best_lag(near, phrase)
    assert lag == 8000
    assert likeness == pytest.approx(1, abs=1e-3)


def shot_of(made: Made, least: int = 30) -> Any:
    """A shot in the middle that is long enough to be spoiled."""
    timeline = otio.adapters.read_from_file(str(made.cut))
    clips = [c for c in timeline.video_tracks()[0] if c.duration().value >= least]
    clip = clips[len(clips) // 2]
    span = clip.range_in_parent()
    first = int(span.start_time.value)
    return clip.metadata["idolsync"]["shot_id"], first, first + int(span.duration.value)


def test_a_black_shot_and_a_single_black_frame_are_found(made: Made, tmp_path: Path) -> None:
    shot_id, first, end = shot_of(made)
    black: Picture = lambda k, image: 0 * image if first <= k < end else image  # noqa: E731
    found = one(check(made.cut, made.spoiled(tmp_path / "black.mov", black)))
    assert (found.kind, found.shot_id, found.frame) == ("black", shot_id, first)
    # some frames of the clips are black themselves: take those that are not
    for near in (first, (first + end) // 2, end - 3):
        at = next(k for k in range(near, end) if bright(made, k))
        found = one(check(made.cut, made.spoiled(tmp_path / "flash.mov", flash(at))))
        assert (found.kind, found.shot_id, found.frame) == ("black", shot_id, at)
        assert "1 of its" in found.text


def flash(at: int) -> Picture:
    """A picture that is black at one frame."""
    return lambda k, image: 0 * image if k == at else image


def bright(made: Made, number: int) -> bool:
    with av.open(str(made.movie)) as movie:
        for k, frame in enumerate(movie.decode(video=0)):
            if k == number:
                return bool(frame.to_ndarray(format="gray").mean() > 30)
    return False


def test_a_frozen_shot_is_found(made: Made, tmp_path: Path) -> None:
    shot_id, first, end = shot_of(made)
    for begin, stop in ((first, end), (first + 20, first + 30), (end - 10, end)):
        freeze = held(begin, stop)
        found = one(check(made.cut, made.spoiled(tmp_path / "frozen.mov", freeze)))
        assert (found.kind, found.shot_id, found.frame) == ("frozen", shot_id, begin)
        long = "throughout" if stop - begin == 48 else "for 10 of its 48 frames"
        assert found.text == f"stands still {long}, and its source moves"


def held(begin: int, end: int) -> Picture:
    """A picture that stands for a stretch of frames."""
    kept: dict[int, np.ndarray] = {}

    def hold(k: int, image: np.ndarray) -> np.ndarray:
        if k == begin:
            kept[0] = image
        return kept[0] if begin <= k < end else image

    return hold


def test_stills_freeze_frames_gaps_and_dark_sources_are_as_they_should_be(
    made: Made, tmp_path: Path
) -> None:
    cut = made.copied(tmp_path / "copy")
    still = tmp_path / "copy" / "still.png"
    picture = np.random.default_rng(2).integers(0, 255, (36, 64, 3), np.uint8)
    av.VideoFrame.from_ndarray(picture, format="rgb24").to_image().save(still)

    def change(timeline: otio.schema.Timeline) -> None:
        clips = timeline.video_tracks()[0]
        whole = TR(RT(0, 24), RT(24 * 3600 * 24, 24))
        clips[2].media_reference = otio.schema.ExternalReference(str(still), whole)
        clips[4].effects.append(otio.schema.FreezeFrame())
        clips[6].enabled = False

    made.edited(change, cut)
    movie = tmp_path / "stands.mov"
    render(cut, movie, audio_codec="pcm")
    assert check(cut, movie).findings == ()


def test_a_shot_that_shows_something_else_is_found(
    made: Made, tmp_path: Path, make_clip: Callable[..., Path]
) -> None:
    shot_id, first, end = shot_of(made)
    noise = np.random.default_rng(4).integers(0, 255, (4, 36, 64, 3), np.uint8)
    other: Picture = lambda k, image: noise[k % 4] if first <= k < end else image  # noqa: E731
    found = one(check(made.cut, made.spoiled(tmp_path / "other.mov", other)))
    assert (found.kind, found.shot_id) == ("picture", shot_id)


def test_a_grade_is_no_finding(moving: Made, tmp_path: Path) -> None:
    def graded(_k: int, image: np.ndarray) -> np.ndarray:
        warm = image * np.array([0.95, 0.8, 0.6]) + 20
        return warm.clip(0, 255).astype(np.uint8)

    assert check(moving.cut, moving.spoiled(tmp_path / "graded.mov", graded)).findings == ()


@pytest.mark.parametrize(
    ("rows", "fill", "said"),
    [
        (slice(None), (0, 135, 0), "has broken colours for 12 of its 48 frames, green or a"),
        (slice(24, None), (0, 135, 0), "has broken colours for 12 of its 48 frames, green or a"),
        (slice(None), (128, 128, 128), "shows something else than the timeline for 12 of its 48"),
        (slice(24, None), (128, 128, 128), "is damaged, or shows another moment than the timeline"),
    ],
)
def test_green_and_garbage_in_a_part_of_a_shot_are_found(
    moving: Made, tmp_path: Path, rows: slice, fill: tuple[int, int, int], said: str
) -> None:
    shot_id, first, _end = shot_of(moving)

    def damaged(k: int, image: np.ndarray) -> np.ndarray:
        if first + 10 <= k < first + 22:
            image = image.copy()
            image[rows] = fill
        return image

    found = one(check(moving.cut, moving.spoiled(tmp_path / "damaged.mov", damaged)))
    assert (found.kind, found.shot_id, found.frame) == ("picture", shot_id, first + 10)
    assert found.text.startswith(said)


def test_a_clipped_highlight_is_no_other_take(moving: Made, tmp_path: Path) -> None:
    cut = moving.copied(tmp_path / "copy")
    with av.open(str(tmp_path / "copy" / "shots" / "hlg.mp4"), "w") as out:
        stream = out.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = 64, 36, "yuv420p10le"
        codec = stream.codec_context
        codec.color_primaries, codec.color_trc, codec.colorspace, codec.color_range = 9, 18, 9, 1
        ramp = np.repeat(np.linspace(170, 250, 64, dtype=np.uint8)[None, :, None], 36, 0)
        for _ in range(120):
            frame = av.VideoFrame.from_ndarray(ramp.repeat(3, 2), format="rgb24")
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))

    def show(timeline: otio.schema.Timeline) -> None:
        clip = timeline.video_tracks()[0][2]
        clip.media_reference = otio.schema.ExternalReference("shots/hlg.mp4")
        clip.source_range = TR(RT(0, 24), clip.source_range.duration)

    for hdr in ("clip", "tonemap"):
        movie = tmp_path / f"{hdr}.mov"
        render(moving.edited(show, cut), movie, audio_codec="pcm", hdr=hdr)
        assert check(cut, movie).findings == ()


def test_a_shot_whose_media_decode_with_errors_is_found(
    moving: Made, tmp_path: Path, coded: Any
) -> None:
    cut = moving.copied(tmp_path / "copy")
    torn = coded.clip(tmp_path / "copy" / "shots" / "torn.mkv", frames=400, gop=24)
    data = bytearray(torn.read_bytes())
    data[len(data) // 5 : len(data) * 4 // 5] = bytes(len(data) * 4 // 5 - len(data) // 5)
    torn.write_bytes(data)

    def show(timeline: otio.schema.Timeline) -> None:
        clip = timeline.video_tracks()[0][2]
        clip.media_reference = otio.schema.ExternalReference(
            "shots/torn.mkv", TR(RT(0, 24), RT(400, 24))
        )

    movie = tmp_path / "torn.mov"
    report = render(moving.edited(show, cut), movie, audio_codec="pcm", missing="slate")
    found = one(check(cut, movie))
    assert (found.kind, found.shot_id) == ("media", "S003")
    assert found.text in report.warnings[0]
    assert "torn.mkv is damaged" in found.text


@pytest.fixture(scope="module")
def moving(tmp_path_factory: pytest.TempPathFactory, beat_song: Path, coded) -> Made:
    """The same with clips whose shots can be told apart."""

    def clip(path: Path, frames: int) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        rng = np.random.default_rng(int(path.stem[1:]))
        wall = np.kron(rng.integers(0, 255, (3, 40, 3)), np.ones((12, 12, 1))).astype(np.uint8)
        with av.open(str(path), "w") as out:
            stream = out.add_stream("libx264", rate=24, options={"crf": "14"})
            stream.width, stream.height, stream.pix_fmt = 64, 36, "yuv420p"
            for number in range(frames):
                picture = np.ascontiguousarray(wall[:, number : number + 64])
                out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
            out.mux(stream.encode())
        return path

    return Made(tmp_path_factory.mktemp("moving"), beat_song, clip)


def test_a_picture_that_is_late_throughout_is_one_finding(moving: Made, tmp_path: Path) -> None:
    assert check(moving.cut, moving.movie).findings == ()
    pictures: list[np.ndarray] = []

    def later(k: int, image: np.ndarray) -> np.ndarray:
        pictures.append(image)
        return pictures[max(0, k - 1)]

    found = one(check(moving.cut, moving.spoiled(tmp_path / "late.mov", later)))
    assert (found.kind, found.facts["frames"]) == ("cut", 1)
    assert "the picture is 1 frame late at" in found.text


def test_a_single_cut_that_is_late_is_named(moving: Made, tmp_path: Path) -> None:
    shot_id, first, _end = shot_of(moving)
    held: dict[str, np.ndarray] = {}

    def later(k: int, image: np.ndarray) -> np.ndarray:
        if k == first - 1:
            held["last"] = image
        return held["last"] if first <= k < first + 2 else image

    found = one(check(moving.cut, moving.spoiled(tmp_path / "late.mov", later)))
    assert (found.kind, found.shot_id, found.facts["frames"]) == ("cut", shot_id, 2)


def test_shots_that_changed_places_are_found(moving: Made, tmp_path: Path) -> None:
    with av.open(str(moving.movie)) as movie:
        images = [frame.to_ndarray(format="rgb24") for frame in movie.decode(video=0)]
    timeline = otio.adapters.read_from_file(str(moving.cut))
    clips = list(timeline.video_tracks()[0])
    spans = [(c.media_reference.target_url, c.range_in_parent()) for c in clips]
    at = next(k for k in range(3, len(spans)) if spans[k][0] != spans[k + 1][0])
    firsts = [int(span.start_time.value) for _, span in spans[at : at + 2]]
    frames = min(int(span.duration.value) for _, span in spans[at : at + 2])

    def swapped(k: int, image: np.ndarray) -> np.ndarray:
        for here, there in (firsts, firsts[::-1]):
            if here <= k < here + frames:
                return images[there + k - here]
        return image

    report = check(moving.cut, moving.spoiled(tmp_path / "swapped.mov", swapped))
    ids = {clip.metadata["idolsync"]["shot_id"] for clip in clips[at : at + 2]}
    assert {f.shot_id for f in report.findings if f.kind == "picture"} <= ids
    assert len([f for f in report.findings if f.kind == "picture"]) >= 1


def test_sound_that_ends_early_is_found(made: Made, tmp_path: Path) -> None:
    short = made.spoiled(tmp_path / "short.mov", sound=made.samples()[: -22050 // 4])
    texts = [f.text for f in check(made.cut, short).findings if f.kind == "sound"]
    assert any("ends 0.21 s before the song does" in text for text in texts)


def test_an_untagged_movie_is_named(made: Made, tmp_path: Path) -> None:
    movie = made.spoiled(tmp_path / "untagged.mov", tagged=False)
    assert "colour" in kinds(check(made.cut, movie))


def test_placeholders_are_named_and_their_slates_looked_for(
    made: Made, tmp_path: Path, beat_song: Path
) -> None:
    cut = tmp_path / "slates.otio"
    write_sheet_files(plan(beat_song, size="128x72").sheet, cut)
    report = check(cut)
    assert set(kinds(report)) == {"placeholder"}
    assert len(report.findings) == report.measured["shots"]
    movie = tmp_path / "slates.mp4"
    render(cut, movie)
    assert set(kinds(check(cut, movie))) == {"placeholder"}
    # another movie has no slates there
    assert kinds(check(cut, made.movie)).count("picture") > 0.8 * report.measured["shots"]


def test_a_cut_off_the_beat_is_named_and_a_pinned_one_is_not(made: Made, tmp_path: Path) -> None:
    def roll(timeline: otio.schema.Timeline) -> None:
        track = timeline.video_tracks()[0]
        for clip, head, tail in ((track[1], 0, 2), (track[2], 2, 0)):
            span = clip.source_range
            start = RT(span.start_time.value + head, 24)
            clip.source_range = TR(start, RT(span.duration.value + tail - head, 24))

    cut = made.edited(roll, made.copied(tmp_path / "copy"))
    found = one(check(cut))
    assert (found.kind, found.facts["off_frames"]) == ("grid", 2)
    assert found.shot_id == "S003"

    def pin(timeline: otio.schema.Timeline) -> None:
        at = timeline.video_tracks()[0][2].range_in_parent().start_time
        marker = otio.schema.Marker("pin", TR(at, RT(0, 24)), "MAGENTA")
        marker.metadata["idolsync"] = {"schema": "idolsync.marker/1", "kind": "pin"}
        timeline.tracks.markers.append(marker)

    assert check(made.edited(pin, cut)).findings == ()


def test_missing_changed_and_overdrawn_media_are_named(
    made: Made, tmp_path: Path, make_clip: Callable[..., Path]
) -> None:
    cut = made.copied(tmp_path / "copy")
    make_clip(tmp_path / "copy" / "shots" / "A1.mp4", frames=380)
    (tmp_path / "copy" / "shots" / "A2.mp4").unlink()
    report = check(cut)
    assert set(kinds(report)) == {"media"}
    said = [finding.text for finding in report.findings]
    assert any("A1.mp4 lasts 15.833 s now" in text for text in said)
    assert any("A2.mp4 does not exist" in text for text in said)
    moved = [("shots", str(made.folder / "shots"))]
    assert check(cut, media_map=moved).findings == ()

    def overdraw(timeline: otio.schema.Timeline) -> None:
        clip = timeline.video_tracks()[0][3]
        clip.source_range = TR(RT(395, 24), clip.source_range.duration)

    overdrawn = one(check(made.edited(overdraw, cut), media_map=moved))
    assert overdrawn.shot_id == "S004"
    assert "after its last frame" in overdrawn.text


def test_the_song_encoded_anew_is_a_warning_and_another_song_a_finding(
    made: Made, tmp_path: Path
) -> None:
    cut = made.copied(tmp_path / "copy")
    song, sheet = tmp_path / "copy" / "song.wav", cut.with_suffix(".idolsync")
    data = json.loads(sheet.read_text())
    data["song"]["url"] = str(made.song)
    sheet.write_text(json.dumps(data))
    louder = (made.samples() * 0.9).astype("<i2")
    write_song(song, louder)
    report = check(cut)
    assert report.findings == ()
    assert "encoded anew" in report.warnings[0]
    write_song(song, np.random.default_rng(3).normal(0, 5000, len(louder)))
    assert "another song" in one(check(cut)).text
    song.unlink()
    assert "song.wav" in one(check(cut)).text


def write_song(path: Path, samples: np.ndarray) -> None:
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, 22050, 0, "NONE", ""))
        out.writeframes(samples.astype("<i2").tobytes())


def test_a_song_that_was_moved_or_removed_is_a_finding(made: Made, tmp_path: Path) -> None:
    def move(timeline: otio.schema.Timeline) -> None:
        gap = otio.schema.Gap(source_range=TR(RT(0, 24), RT(7, 24)))
        timeline.audio_tracks()[0].insert(0, gap)

    cut = made.edited(move, made.copied(tmp_path / "copy"))
    report = check(cut)
    spine = [finding for finding in report.findings if finding.kind == "spine"]
    assert spine[0].facts["offset_frames"] == 7

    def remove(timeline: otio.schema.Timeline) -> None:
        timeline.audio_tracks()[0].clear()

    assert "no song" in one(check(made.edited(remove, cut))).text


def lipsync(made: Made, early: int = 0, song: str = "") -> Callable[[otio.schema.Timeline], None]:
    """A change that makes the second shot a generated one that begins on its first frame."""

    def change(timeline: otio.schema.Timeline) -> None:
        clip = timeline.video_tracks()[0][1]
        block, said = clip.metadata["idolsync"], timeline.metadata["idolsync"]["song"]
        own = clip.media_reference.deepcopy()
        face = otio.schema.ExternalReference("face.png", TR(RT(0, 24), RT(48, 24)))
        clip.set_media_references({"DEFAULT_MEDIA": own, "face": face}, "DEFAULT_MEDIA")
        first = clip.range_in_parent().start_time.value
        block["role"] = "lipsync"
        block["lipsync"] = {"provider": "puppet", "params": {}}
        if song != "none":
            block["lipsync"]["generated_for"] = {
                "song_sha256": song or said["sha256"],
                "start_sample": round(first / 24 * said["sample_rate"]),
                "samples": said["sample_rate"] * 8,
                "inputs_sha256": "0" * 64,
            }
        clip.source_range = TR(RT(early, 24), clip.source_range.duration)

    return change


@pytest.mark.parametrize(
    ("early", "song", "text"),
    [(0, "", ""), (3, "", "3 frames early"), (0, "f" * 64, "another song"), (0, "none", "never")],
)
def test_stale_lipsync_shots_are_named(
    made: Made, tmp_path: Path, early: int, song: str, text: str
) -> None:
    cut = made.edited(lipsync(made, early, song), made.copied(tmp_path / "copy"))
    report = check(cut)
    assert [f.text for f in report.findings if text not in f.text] == []
    assert [(f.kind, f.shot_id) for f in report.findings] == ([("stale", "S002")] if text else [])


@pytest.mark.parametrize(("where", "found"), [("above", True), ("covered", False), ("off", False)])
def test_lips_are_judged_where_they_are_seen_on_whatever_track(
    made: Made, tmp_path: Path, where: str, found: bool
) -> None:
    def lay(timeline: otio.schema.Timeline) -> None:
        lipsync(made, song="none")(timeline)
        track = timeline.video_tracks()[0]
        clip, before = track[1], track[0].duration()
        other = track[2].deepcopy()
        other.source_range = TR(RT(0, 24), clip.duration())
        singer = clip.deepcopy()
        track[1] = other if where != "covered" else singer
        over = otio.schema.Track("V2", kind=otio.schema.TrackKind.Video, children=[
            otio.schema.Gap(duration=before), other.deepcopy() if where == "covered" else clip
        ])  # fmt: skip
        over.enabled = where != "off"
        timeline.tracks.insert(1, over)

    report = check(made.edited(lay, made.copied(tmp_path / "copy")))
    said = [(f.shot_id, f.text) for f in report.findings if f.kind == "stale"]
    assert said == ([("S002", "it was never generated; render it, or generate it again")] * found)


def test_a_dissolve_is_compared_with_what_the_renderer_makes_of_it(
    made: Made, tmp_path: Path
) -> None:
    def dissolve(timeline: otio.schema.Timeline) -> None:
        mixed = otio.schema.Transition("d", "SMPTE_Dissolve", RT(6, 24), RT(6, 24))
        timeline.video_tracks()[0].insert(3, mixed)

    cut = made.edited(dissolve, made.copied(tmp_path / "copy"))
    movie = tmp_path / "dissolve.mov"
    render(cut, movie, audio_codec="pcm")
    assert [f for f in check(cut, movie).findings if f.kind != "grid"] == []


def test_what_cannot_be_read_is_an_error_and_no_finding(made: Made, tmp_path: Path) -> None:
    with pytest.raises(TimelineError, match="does not exist"):
        check(tmp_path / "none.otio")
    (tmp_path / "broken.mp4").write_bytes(b"no movie")
    with pytest.raises(MediaError, match=r"broken\.mp4"):
        check(made.cut, tmp_path / "broken.mp4")
