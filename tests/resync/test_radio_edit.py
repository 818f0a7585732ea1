"""A song that the editor cut goes all the way: merged, checked, rendered, sent out and back."""

from __future__ import annotations

import wave
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import opentimelineio as otio
import pytest
from numpy.typing import NDArray

from otio_idolsync.cut.files import write_sheet_files, write_timeline_files
from otio_idolsync.cut.read import read_sheet, read_timeline
from otio_idolsync.interchange.fcpxml import write_fcpxml
from otio_idolsync.interchange.xmeml import write_xmeml
from otio_idolsync.media.song import decode_song, open_song
from otio_idolsync.planning.plan import plan
from otio_idolsync.rendering.render import render
from otio_idolsync.report.check import check
from otio_idolsync.resync.run import ResyncReport, resync

RT, TR = otio.opentime.RationalTime, otio.opentime.TimeRange
RATE, SAMPLES, SECONDS = 24, 24000, 16
Pieces = list[tuple[int, int, float]]  # song frame, timeline frames, speed


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory, make_clip: Callable[..., Path]) -> Path:
    """A plan of a 16 s song that is unlike itself at any other place."""
    folder = tmp_path_factory.mktemp("radio")
    for number in range(3):
        make_clip(folder / "takes" / f"take_{number}.mp4", frames=240)
    rng = np.random.default_rng(3)
    sound = 0.1 * rng.standard_normal(SECONDS * SAMPLES)
    for beat in range(2 * SECONDS):
        at = beat * SAMPLES // 2
        sound[at : at + 2400] += 0.6 * np.exp(-np.arange(2400) / 300) * (2 - (beat % 4 > 0)) / 2
    with wave.open(str(folder / "song.wav"), "wb") as out:
        out.setparams((1, 2, SAMPLES, 0, "NONE", ""))
        out.writeframes((np.clip(sound, -1, 1) * 32000).astype("<i2").tobytes())
    planned = plan(folder / "song.wav", folder / "takes", beats_per_cut="2-4", size=(64, 36),
                   cache=folder / "cache")  # fmt: skip
    write_sheet_files(planned.sheet, folder / "cut.otio")
    return folder / "cut.otio"


def edited(cut: Path, name: str) -> tuple[Path, Pieces]:
    """An edit of the cut in which the song was edited, and where its pieces now lie."""
    timeline, shots = read_timeline(cut), read_sheet(cut).shots
    picture, sound = timeline.video_tracks()[0], timeline.audio_tracks()[0]
    whole, end = sound[0].deepcopy(), SECONDS * RATE
    low, high = shots[1].first_frame, shots[3].first_frame
    pieces: Pieces = {
        "shortened": [(0, low, 1.0), (high, end - high, 1.0)],
        "looped": [(0, high, 1.0), (low, end - high, 1.0)],
        "moved": [(0, low, 1.0), (high, end - high, 1.0), (low, high - low, 1.0)],
        "retimed": [(0, low, 1.0), (low, end - low, 1.25)],
    }[name]
    if name == "shortened":
        del picture[1:3]
    elif name == "moved":
        taken = [picture[1].deepcopy(), picture[2].deepcopy()]
        del picture[1:3]
        picture.extend(taken)
    del sound[:]
    for song, frames, speed in pieces:
        clip = whole.deepcopy()
        clip.source_range = TR(RT(song, RATE), RT(frames, RATE))
        if speed != 1:
            clip.effects.append(otio.schema.LinearTimeWarp("", speed))
        sound.append(clip)
    path = cut.with_name(f"{name}.otio")
    otio.adapters.write_to_file(timeline, str(path))
    return path, pieces


def merged(cut: Path, name: str, relock: bool) -> tuple[ResyncReport, Path, Pieces]:
    path, pieces = edited(cut, name)
    done = resync(path, cut, relock=relock)
    out = cut.with_name(f"{name} {relock}.otio")
    write_timeline_files(done.timeline, done.sheet, out)
    return done, out, pieces


def heard(song: NDArray[np.float32], pieces: Pieces) -> NDArray[np.float32]:
    """What the pieces play, those that keep their speed."""
    per_frame, parts = SAMPLES // RATE, []
    for start, frames, speed in pieces:
        lasts = frames * per_frame
        part = song[start * per_frame :][:lasts] if speed == 1 else song[:0]
        parts.append(np.pad(part, (0, lasts - len(part))))
    return np.concatenate(parts)


@pytest.mark.parametrize(
    ("name", "relock"),
    [("shortened", False), ("shortened", True), ("looped", False), ("moved", True),
     ("retimed", True)],
)  # fmt: skip
def test_an_edited_song_is_rendered_as_the_editor_heard_it(
    cut: Path, name: str, relock: bool
) -> None:
    done, out, pieces = merged(cut, name, relock)
    along = name in ("shortened", "moved")  # the picture went with its music
    assert done.spine.ok is along
    assert done.needs_a_person is not (relock or along)
    movie = out.with_suffix(".mov")
    render(out, movie, size=(64, 36), audio_codec="pcm", cache=cut.with_name("cache"))
    wanted = heard(decode_song(open_song(cut.with_name("song.wav")))[:, 0], pieces)
    sound = decode_song(open_song(movie))[:, 0]
    for start, (_song, frames, speed) in zip(
        np.cumsum([0, *(p[1] for p in pieces)]), pieces, strict=False
    ):
        span = slice(start * SAMPLES // RATE, (start + frames) * SAMPLES // RATE - 1)
        if speed == 1:
            np.testing.assert_allclose(sound[span], wanted[span], atol=2e-4)
    found = check(out, movie)
    kinds = [finding.kind for finding in found.findings]
    assert kinds.count("spine") == (not (relock or along)), [f.text for f in found.findings]
    assert "sound" not in kinds, [f.text for f in found.findings]
    if name in ("shortened", "moved"):
        assert "grid" not in kinds, "every cut went with its music"


@pytest.mark.parametrize("name", ["shortened", "looped", "moved"])
def test_beats_and_markers_go_along_piece_by_piece(cut: Path, name: str) -> None:
    planned = read_sheet(cut)
    done, _out, pieces = merged(cut, name, relock=False)
    known = [planned.metadata["grid"][name] for name in ("beats", "bars")]
    wanted, at = [], Fraction(0)
    for song, frames, _speed in pieces:
        for beat, bar in zip(*known, strict=True):
            into = Fraction(beat) * RATE - song
            if 0 <= into < frames:
                wanted.append((round(float((at + into) / RATE), 6), bar))
        at += frames
    grid = done.sheet.metadata["grid"]
    assert list(zip(grid["beats"], grid["bars"], strict=True)) == wanted
    beats = {round(Fraction(time) * RATE + Fraction(1, 1000)) for time, _bar in wanted}
    marks = [m for m in done.sheet.marks if m.metadata["kind"] in ("beat", "downbeat")]
    assert marks
    assert all(min(abs(m.frame - beat) for beat in beats) <= 1 for m in marks)


@pytest.mark.parametrize("form", ["premiere", "resolve", "fcp", "otio", "sheet"])
@pytest.mark.parametrize("name", ["shortened", "looped", "moved"])
def test_a_relocked_cut_goes_out_and_comes_back_unchanged(cut: Path, name: str, form: str) -> None:
    _done, out, pieces = merged(cut, name, relock=True)
    timeline = read_timeline(out)
    path = out.with_suffix(".xml")
    if form == "fcp":
        path.write_text(write_fcpxml(timeline)[0], encoding="utf-8")
    elif form in ("otio", "sheet"):
        path = out if form == "otio" else out.with_suffix(".idolsync")
    else:
        path.write_text(write_xmeml(timeline, form)[0], encoding="utf-8")
    again = resync(path, out)
    assert again.spine.ok, again.spine.why
    assert [(p.song, p.frames) for p in again.spine.pieces] == [p[:2] for p in pieces]
    assert {r.change for r in again.comparison.shots} == {"kept"}
    assert not any(r.stale or r.out_of_sync for r in again.comparison.shots)
    assert again.sheet == read_sheet(out)


def test_a_relocked_song_that_is_cut_again_is_followed_again(cut: Path) -> None:
    """What is left of a shortened song is shortened once more, before the first seam."""
    _done, out, _pieces = merged(cut, "shortened", relock=True)
    timeline = read_timeline(out)
    picture, sound = timeline.video_tracks()[0], timeline.audio_tracks()[0]
    first = round(picture[0].duration().value)
    del picture[0]
    head = sound[0].source_range
    assert round(head.duration.value) == first, "the first piece lies under the first shot"
    del sound[0]
    path = cut.with_name("again.otio")
    otio.adapters.write_to_file(timeline, str(path))
    done = resync(path, out, relock=True)
    said = {r.shot_id: r.changes for r in done.comparison.shots}
    assert said.pop("S001") == ["deleted"]
    assert set(map(tuple, said.values())) == {("kept",)}
    (piece,) = done.sheet.metadata["song"]["pieces"]
    planned = read_sheet(cut).shots
    assert (piece["record"], piece["song"]) == (0, planned[3].first_frame)
    assert done.sheet.shots[0].metadata["song_range"] == planned[3].metadata["song_range"]
    before, after = (s.metadata["grid"] for s in (read_sheet(cut), done.sheet))
    assert set(zip(after["bars"], after["beat_numbers"], strict=True)) <= set(
        zip(before["bars"], before["beat_numbers"], strict=True)
    )
