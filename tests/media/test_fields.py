"""Interlaced media are found, flagged or not, and become whole frames, one for one and in time."""

from __future__ import annotations

import functools
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.filter import Graph

from otio_idolsync.media.fields import deinterlaced
from otio_idolsync.media.frames import shot_frames
from otio_idolsync.media.probe import probe
from otio_idolsync.media.signal import read_signal

SIZE = (192, 64)


def moment(at: float, still: bool = False) -> np.ndarray:
    """Luma at a moment, in frames: a bright block that moves over a pattern, uint8."""
    width, height = SIZE
    picture = np.tile((60 + 40 * (np.arange(width) // 6 % 2)).astype(np.uint8), (height, 1))
    left = 8 if still else int(4 * at)
    picture[12:52, left : left + 20] = 220
    return picture


def woven(first: np.ndarray, second: np.ndarray, order: str) -> np.ndarray:
    """A frame of two moments: the field that is first holds the earlier one."""
    picture = first.copy()
    rows = slice(1, None, 2) if order == "tff" else slice(0, None, 2)
    picture[rows] = second[rows]
    return picture


def clip(path: Path, pictures: list[np.ndarray], flags: str = "", gop: int = 12) -> Path:
    """Encode luma pictures; ``flags`` is ``tff`` or ``bff`` where the file says what it holds."""
    options = {"crf": "8", "preset": "ultrafast", "x264-params": f"keyint={gop}:bframes=2"}
    options |= {"flags": "+ilme+ildct"} if flags else {}
    marking = Graph()
    marking.link_nodes(
        marking.add_buffer(
            width=SIZE[0], height=SIZE[1], format="yuv420p", time_base=Fraction(1, 25)
        ),
        marking.add("setfield", flags or "prog"),
        marking.add("buffersink"),
    ).configure()
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for count, luma in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(luma, format="gray").reformat(format="yuv420p")
            frame.pts = count
            marking.push(frame)
            out.mux(stream.encode(marking.pull()))
        out.mux(stream.encode(None))
    return path


def interlaced(order: str, frames: int = 38) -> list[np.ndarray]:
    return [woven(moment(k), moment(k + 0.5), order) for k in range(frames)]


def whole(frames: int = 38) -> list[np.ndarray]:
    return [moment(k) for k in range(frames)]


@pytest.mark.parametrize(
    ("pictures", "flags", "found"),
    [
        (interlaced("tff"), "tff", "tff"),
        (interlaced("bff"), "bff", "bff"),
        (interlaced("tff"), "bff", "tff"),
        (interlaced("tff"), "", "tff"),
        (interlaced("bff"), "", "bff"),
        (whole(), "", "progressive"),
        (whole(), "tff", "progressive"),
        ([moment(0, still=True)] * 38, "", "progressive"),
        ([moment(0, still=True)] * 38, "tff", "flagged"),
    ],
    ids=["tff", "bff", "tff flagged as bff", "unflagged tff", "unflagged bff", "whole",
         "whole but flagged", "still", "still but flagged"],
)  # fmt: skip
def test_fields_are_found_by_what_frames_hold(tmp_path, pictures, flags, found):
    assert read_signal(clip(tmp_path / "a.mp4", pictures, flags)).fields == found


def test_noise_and_jumps_are_not_taken_for_fields(tmp_path):
    rng = np.random.default_rng(4)
    noisy = [
        np.clip(picture + rng.normal(0, 9, picture.shape), 0, 255).astype(np.uint8)
        for picture in whole()
    ]
    jumps = [rng.integers(0, 255, (SIZE[1], SIZE[0]), dtype=np.uint8) for _ in range(38)]
    sinks = [np.roll(moment(0), k, axis=0) for k in range(38)]
    for name, pictures in (("noisy", noisy), ("jumps", jumps), ("sinks", sinks)):
        assert read_signal(clip(tmp_path / f"{name}.mp4", pictures)).fields == "progressive", name


@pytest.mark.parametrize("order", ["tff", "bff"])
@pytest.mark.parametrize("flagged", [True, False])
def test_a_frame_shows_the_moment_of_its_first_field(tmp_path, order, flagged):
    path = clip(tmp_path / "a.mp4", interlaced(order), order if flagged else "")
    fields = read_signal(path).fields
    for start in (0, 1, 29, 31):  # the later ones are searched for
        frames = shot_frames(probe(path), Fraction(start, 25), 7, Fraction(25), fields=fields)
        for k, frame in enumerate(frames, start):
            luma = frame.to_ndarray(format="gray").astype(int)
            # With its combs it would be 1.4 off, by another field or frame 2.3 and more.
            assert np.abs(luma - moment(k)).mean() < 1


@pytest.mark.parametrize("flagged", [True, False])
def test_a_frame_is_the_same_wherever_a_shot_begins(tmp_path, flagged):
    path = clip(tmp_path / "a.mp4", interlaced("tff"), "tff" if flagged else "")
    shot = functools.partial(shot_frames, probe(path), rate=Fraction(25), fields="tff")
    whole = [frame.to_ndarray() for frame in shot(start=Fraction(0), count=38)]
    for start in (1, 13, 27, 28, 30, 35):
        for k, frame in enumerate(shot(start=Fraction(start, 25), count=3), start):
            assert np.array_equal(frame.to_ndarray(), whole[k])


@pytest.mark.parametrize(("speed", "start"), [(Fraction(-1), 35), (Fraction(2), 3)])
def test_other_speeds_show_the_same_whole_frames(tmp_path, speed, start):
    path = clip(tmp_path / "a.mp4", interlaced("tff"), "tff")
    frames = shot_frames(probe(path), Fraction(start, 25), 10, Fraction(25), speed, "flagged")
    for k, frame in enumerate(frames):
        luma = frame.to_ndarray(format="gray").astype(int)
        assert np.abs(luma - moment(start + k * int(speed))).mean() < 1


def test_the_last_frame_and_one_alone_come_out(tmp_path):
    path = clip(tmp_path / "a.mp4", interlaced("tff", 12), "tff")
    frames = list(shot_frames(probe(path), Fraction(0), 12, Fraction(25), fields="flagged"))
    assert len({id(frame) for frame in frames}) == 12
    last = frames[-1].to_ndarray(format="gray").astype(int)
    assert np.abs(last - moment(11)).mean() < 1
    alone = av.VideoFrame.from_ndarray(interlaced("tff", 1)[0], format="gray")
    [(seconds, made)] = deinterlaced(iter([(Fraction(3), alone)]), "tff")
    assert (seconds, made.width, made.height) == (3, *SIZE)


def test_frames_that_are_not_flagged_are_passed_on_untouched():
    pictures = interlaced("tff", 5)
    frames = [av.VideoFrame.from_ndarray(picture, format="gray") for picture in pictures]
    timed = [(Fraction(k), frame) for k, frame in enumerate(frames)]
    for k, (seconds, frame) in enumerate(deinterlaced(iter(timed), "flagged")):
        assert seconds == k
        assert np.array_equal(frame.to_ndarray(), pictures[k])


def test_a_size_that_changes_midway_loses_no_frame():
    sizes = [SIZE] * 3 + [(64, 48)] * 2
    frames = [(Fraction(k), av.VideoFrame(*size, "yuv420p")) for k, size in enumerate(sizes)]
    made = list(deinterlaced(iter(frames), "tff"))
    assert [seconds for seconds, _ in made] == list(range(5))
    assert [(frame.width, frame.height) for _, frame in made] == sizes
