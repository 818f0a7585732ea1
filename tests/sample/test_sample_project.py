"""The sample project is whole: every promise that ``idolsync demo`` builds on."""

from __future__ import annotations

import itertools
import json
import tomllib
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

PROJECT = Path(__file__).parents[2] / "sample_projects" / "neon_stage"
SHOTS = PROJECT / "shots"
TRUTH = json.loads((PROJECT / "truth.json").read_text())
CASTING = tomllib.loads((SHOTS / "shots.toml").read_text())["shot"]
CLIPS = sorted(SHOTS.glob("*.mp4"))
KEYS = {
    "file", "tags", "role", "performer", "energy", "in", "out", "sync_offset", "mouth", "weight",
    "max_uses",
}  # fmt: skip


def decoded_song() -> tuple[np.ndarray, int]:
    """Return the song as mono samples and their rate."""
    with av.open(str(PROJECT / "song.mp3")) as song:
        blocks = [f.to_ndarray().mean(0) for f in song.decode(audio=0)]
        return np.concatenate(blocks), song.streams.audio[0].rate


def level_db(samples: np.ndarray) -> float:
    return float(20 * np.log10(np.sqrt(np.mean(samples**2))))


def picture_size(path: Path) -> tuple[int, int]:
    with Image.open(path) as picture:
        return picture.size


def test_project_stays_under_12_megabytes() -> None:
    sizes = [p.stat().st_size for p in PROJECT.rglob("*") if p.is_file()]
    assert 3e6 < sum(sizes) < 12e6
    assert (PROJECT / "song.mp3").stat().st_size < 1.5e6


def test_licence_is_cc0() -> None:
    assert "CC0-1.0" in (PROJECT / "LICENSE").read_text()


def test_every_table_of_shots_toml_names_files_and_known_keys() -> None:
    assert len(CASTING) >= 12
    for table in CASTING:
        assert set(table) <= KEYS, table
        assert list(SHOTS.glob(table["file"])), table["file"]


def test_every_clip_and_still_has_a_table() -> None:
    named = {p for table in CASTING for p in SHOTS.glob(table["file"])}
    media = {p for p in SHOTS.rglob("*") if p.suffix in {".mp4", ".jpg", ".png"}}
    assert media == named


def test_song_lasts_40_to_60_seconds_and_does_not_clip() -> None:
    samples, rate = decoded_song()
    assert 40 <= len(samples) / rate <= 60
    assert np.abs(samples).max() < 1.0


def test_truth_lies_on_the_grid_and_inside_the_song() -> None:
    bar = 4 * 60 / TRUTH["tempo_bpm"]
    samples, rate = decoded_song()
    sections = TRUTH["sections"]
    assert sections[0]["start"] == TRUTH["first_downbeat"]
    for before, after in itertools.pairwise(sections):
        assert before["end"] == pytest.approx(after["start"])
    for section in sections:
        assert (section["start"] - TRUTH["first_downbeat"]) / bar == pytest.approx(
            round((section["start"] - TRUTH["first_downbeat"]) / bar)
        )
    assert sections[-1]["end"] < len(samples) / rate
    ends = [0.0] + [p["end"] for p in TRUTH["phrases"]]
    for phrase, previous in zip(TRUTH["phrases"], ends, strict=False):
        assert previous <= phrase["start"] < phrase["end"] < len(samples) / rate


def folded_onsets(samples: np.ndarray, rate: int, start: float, end: float) -> np.ndarray:
    """Return how much suddenly sounds at each hundredth of a beat, summed over the beats."""
    hop = rate // 400
    piece = np.diff(samples[int(start * rate) : int(end * rate)])
    energy = np.square(piece[: len(piece) // hop * hop]).reshape(-1, hop).sum(1)
    rise = np.maximum(np.diff(np.log(energy + 1e-4)), 0)
    phase = (np.arange(1, len(rise) + 1) * hop / rate * TRUTH["tempo_bpm"] / 60) % 1
    return np.bincount((phase * 100).astype(int), rise, 100)


def test_chorus_is_hit_on_the_beats_of_the_truth() -> None:
    samples, rate = decoded_song()
    chorus = next(s for s in TRUTH["sections"] if s["name"] == "chorus")
    folded = folded_onsets(samples, rate, chorus["start"], chorus["end"])
    near = np.r_[folded[-4:], folded[:4]]
    assert near.max() == folded.max()
    assert near.sum() > 2 * np.median(folded) * len(near)


def test_chorus_is_the_loudest_section_and_the_build_rises_to_it() -> None:
    samples, rate = decoded_song()
    spans = {s["name"]: (s["start"], s["end"]) for s in TRUTH["sections"]}
    level = {n: level_db(samples[int(a * rate) : int(b * rate)]) for n, (a, b) in spans.items()}
    assert level["chorus"] == max(level.values())
    assert level["chorus"] > level["verse"] + 2 > level["intro"] + 2
    start, end = spans["build"]
    first, last = (
        level_db(samples[int(t * rate) : int((t + (end - start) / 4) * rate)])
        for t in (start, start + 0.7 * (end - start))
    )
    assert first + 1 < last < level["chorus"]


def test_there_are_enough_clips_of_many_kinds() -> None:
    rates, shapes, timecodes = set(), set(), set()
    for path in CLIPS:
        with av.open(str(path)) as clip:
            stream = clip.streams.video[0]
            rates.add(stream.average_rate)
            shapes.add(stream.height > stream.width)
            timecodes.add(stream.metadata.get("timecode"))
    assert len(CLIPS) >= 8
    assert {Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(30)} <= rates
    assert shapes == {True, False}
    assert "10:00:00:00" in timecodes


@pytest.mark.parametrize("path", CLIPS, ids=lambda p: p.stem)
def test_clip_decodes_to_its_last_frame_and_moves(path: Path) -> None:
    with av.open(str(path)) as clip:
        stream = clip.streams.video[0]
        stream.thread_type = "AUTO"
        count, first, moved = 0, None, 0.0
        for frame in clip.decode(video=0):
            count += 1
            if count % 12 == 1:
                luma = frame.to_ndarray()[: frame.height : 4, ::4].astype(float)
                first = luma if first is None else first
                moved = max(moved, float(np.abs(luma - first).mean()))
        assert count == stream.frames
        assert 6 <= count / stream.average_rate <= 24
        assert moved > 1.0


def test_takes_cover_verse_and_chorus() -> None:
    spans = []
    for table in CASTING:
        if table.get("role") == "performance":
            with av.open(str(SHOTS / table["file"])) as clip:
                length = float(clip.streams.video[0].duration * clip.streams.video[0].time_base)
            spans.append((table["sync_offset"], table["sync_offset"] + length))
    for name in ("verse", "chorus"):
        section = next(s for s in TRUTH["sections"] if s["name"] == name)
        assert any(a <= section["start"] and section["end"] <= b for a, b in spans), name


def _mouth_darkness(file: str, song_seconds: list[float]) -> list[float]:
    """Return how far the mouth region is open (dark or red, against skin) at song seconds."""
    table = next(t for t in CASTING if t["file"] == file)
    out = {}
    with av.open(str(SHOTS / file)) as clip:
        rate = clip.streams.video[0].average_rate
        wanted = {round((s - table["sync_offset"]) * rate): s for s in song_seconds}
        for index, frame in enumerate(clip.decode(video=0)):
            if index in wanted:
                image = frame.to_ndarray(format="rgb24").astype(float)
                h, w = image.shape[:2]
                x, y = table["mouth"]["x"] * w, table["mouth"]["y"] * h
                box = image[int(y - 0.05 * h) : int(y + 0.07 * h), int(x - 45) : int(x + 45)]
                out[wanted[index]] = float(
                    (box[..., 1] < 110).mean()
                )  # skin is pale, lips and tongue are red
    return [out[s] for s in song_seconds]


def test_mouth_of_the_closeup_opens_with_the_voice_and_rests_between_phrases() -> None:
    phrases = [p for p in TRUTH["phrases"] if 8.5 < p["start"] < 22]
    pairs = list(itertools.pairwise(phrases))
    gaps = [(a["end"] + b["start"]) / 2 for a, b in pairs if b["start"] - a["end"] > 0.3]
    held = [p["end"] - 0.45 for p in phrases]
    assert len(gaps) >= 2
    assert min(_mouth_darkness("take_closeup.mp4", held)) > max(
        _mouth_darkness("take_closeup.mp4", gaps)
    )


def test_sequence_is_unbroken_and_its_pictures_alike() -> None:
    files = sorted((SHOTS / "sparks").glob("*.jpg"))
    assert [p.name for p in files] == [f"sparks.{i:04d}.jpg" for i in range(1, 97)]
    assert {picture_size(p) for p in files} == {(640, 360)}


def test_face_for_lipsync_has_a_mouth_anchor() -> None:
    face = next(t for t in CASTING if t.get("role") == "lipsync")
    assert picture_size(SHOTS / face["file"]) == (1280, 720)
    assert {"x", "y", "width"} == set(face["mouth"])
