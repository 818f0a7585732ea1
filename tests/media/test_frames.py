"""The frames of a shot are exactly those on screen at its times, whatever the source is."""

from __future__ import annotations

import bisect
import itertools
import math
from fractions import Fraction
from pathlib import Path

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from otio_idolsync.errors import MediaError, RenderError
from otio_idolsync.media.frames import TOLERANCE, shot_frames
from otio_idolsync.media.model import ImageSequence
from otio_idolsync.media.probe import probe, probe_sequence

STEPS = [Fraction(n, 90000) for n in (3000, 3750, 6000, 1500, 4500)]
VFR = [sum((STEPS[k % 5] for k in range(n)), Fraction(0)) for n in range(96)]
OPEN_GOP = {"x264-params": "open-gop=1:keyint=24:b-adapt=2"}
LATE = Fraction(1, 2)


@pytest.fixture(scope="module")
def clips(coded, tmp_path_factory):
    """Clips of about four seconds, each with the times at which its frames are shown."""
    folder = tmp_path_factory.mktemp("clips")
    ntsc = [Fraction(k * 1001, 30000) for k in range(120)]
    plain = [Fraction(k, 24) for k in range(96)]
    made = {
        "long_gop": (coded.clip(folder / "long.mp4", 96), plain),
        "ntsc": (coded.clip(folder / "ntsc.mov", 120, "30000/1001", timecode="01:00:00;00"), ntsc),
        "ts": (coded.clip(folder / "offset.ts", 96, delay=Fraction(7201, 2)), plain),
        "late": (coded.clip(folder / "late.mp4", 96, delay=LATE), plain),
        "avi": (coded.clip(folder / "old.avi", 96), plain),
        "open_gop": (coded.clip(folder / "open.mp4", 96, options=OPEN_GOP, gop=24), plain),
        "vfr": (coded.clip(folder / "vfr.mp4", times=VFR), VFR),
        "vfr_mkv": (coded.clip(folder / "vfr.mkv", times=VFR), VFR),
    }
    return {name: (probe(path), times) for name, (path, times) in made.items()}


KINDS = ["long_gop", "ntsc", "ts", "late", "avi", "open_gop", "vfr", "vfr_mkv"]
TIMELINE_RATES = [Fraction(n) for n in (24, 25, 30, 50, 60)] + [Fraction(30000, 1001)]


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_each_frame_is_the_one_on_screen_at_its_time(coded, clips, kind, data):
    info, times = clips[kind]
    rate = data.draw(st.sampled_from(TIMELINE_RATES))
    speed = data.draw(st.sampled_from([Fraction(1), Fraction(1), Fraction(1, 2), Fraction(2)]))
    start = Fraction(data.draw(st.integers(0, 80)), 24)
    most = min(40, math.floor((info.seconds - start) * rate / speed))
    count = data.draw(st.integers(1, max(1, most)))
    got = [coded.number(frame) for frame in shot_frames(info, start, count, rate, speed)]
    # A file's clock may be as coarse as a millisecond: either side of a tie is right there.
    either = [
        {on_screen(times, start + k * speed / rate + late) for late in (0, 2 * TOLERANCE)}
        for k in range(count)
    ]
    assert len(got) == count
    assert all(number in right for number, right in zip(got, either, strict=True)), (got, either)


def on_screen(times: list[Fraction], at: Fraction) -> int:
    return max(0, bisect.bisect_right(times, at) - 1)


def test_frames_of_the_same_rate_are_consecutive(coded, clips):
    info, _ = clips["ntsc"]
    frames = shot_frames(info, Fraction(50 * 1001, 30000), 60, info.rate)
    assert [coded.number(frame) for frame in frames] == list(range(50, 110))


def test_a_frozen_frame_is_shown_as_long_as_asked(coded, clips):
    info, _ = clips["long_gop"]
    frames = shot_frames(info, Fraction(40, 24), 30, Fraction(24), Fraction(0))
    assert {coded.number(frame) for frame in frames} == {40}


def test_a_source_that_ends_early_is_named_with_what_is_there(clips):
    info, _ = clips["long_gop"]
    with pytest.raises(RenderError) as caught:
        list(shot_frames(info, Fraction(90, 24), 24, Fraction(24)))
    said = str(caught.value)
    assert str(info.path) in said
    assert "24 frames from 3.750 s" in said
    assert "only 7 are there" in said or "only 6 are there" in said


def test_rounding_at_the_end_is_forgiven_by_one_frame_only(coded, clips):
    info, _ = clips["long_gop"]
    frames = list(shot_frames(info, Fraction(90, 24), 7, Fraction(24)))
    assert [coded.number(frame) for frame in frames] == [90, 91, 92, 93, 94, 95, 95]
    with pytest.raises(RenderError):
        list(shot_frames(info, Fraction(90, 24), 8, Fraction(24)))


def two_encodes(coded, path, second):
    """Write a clip whose second half has settings of its own, said once, where it begins.

    What a file says at its start holds for a decoder that begins behind that place, and is wrong.
    """

    def encoded(numbers, params):
        codec = av.CodecContext.create("libx264", "w")
        codec.width, codec.height, codec.pix_fmt = 160, 90, "yuv420p"
        codec.time_base, codec.framerate = Fraction(1, 24), Fraction(24)
        codec.gop_size, codec.max_b_frames = 12, 0
        codec.options = {"x264-params": f"{params}:repeat-headers=1:annexb=1:scenecut=0"}
        packets = []
        for number in numbers:
            frame = av.VideoFrame.from_ndarray(coded.picture(number), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 24)
            packets += codec.encode(frame)
        return packets + codec.encode(None)

    def parts(packet):
        return [part.rstrip(b"\0") for part in bytes(packet).split(b"\0\0\1")[1:]]

    def joined(kept):
        return b"".join(b"\0\0\0\1" + part for part in kept)

    settings = (7, 8)
    first, later = encoded(range(48), "cabac=1:8x8dct=1"), encoded(range(48, 120), second)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = 160, 90, "yuv420p"
        stream.codec_context.extradata = joined(
            part for part in parts(first[0]) if part[0] & 31 in settings
        )
        for number, packet in enumerate(first + later):
            bare = packet
            if number > 48:
                bare = av.Packet(joined(p for p in parts(packet) if p[0] & 31 not in settings))
                bare.pts, bare.dts, bare.time_base = packet.pts, packet.dts, packet.time_base
                bare.is_keyframe = packet.is_keyframe
            bare.stream = stream
            out.mux(bare)
    return path


@pytest.mark.parametrize("second", ["cabac=0:8x8dct=0", "cabac=1:8x8dct=0:crf=8"])
@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
def test_where_a_seek_leads_to_errors_the_clip_is_decoded_from_its_start(
    coded, tmp_path, second, suffix
):
    info = probe(two_encodes(coded, tmp_path / f"a{suffix}", second))
    for start in (100, 30, 70, 46):
        frames = list(shot_frames(info, Fraction(start, 24), 12, Fraction(24)))
        assert [coded.number(frame) for frame in frames] == list(range(start, start + 12))
        assert not any(frame.is_corrupt for frame in frames)


def test_packets_that_are_wrongly_called_key_frames_are_not_begun_at(coded, tmp_path):
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mpeg4", rate=24, options={"qscale": "2"})
        stream.width, stream.height, stream.pix_fmt = 160, 90, "yuv420p"
        stream.codec_context.gop_size = 200
        for number in range(120):
            frame = av.VideoFrame.from_ndarray(coded.picture(number), format="rgb24")
            for packet in stream.encode(frame):
                packet.is_keyframe = True
                out.mux(packet)
        for packet in stream.encode(None):
            packet.is_keyframe = True
            out.mux(packet)
    info = probe(path)
    frames = shot_frames(info, Fraction(90, 24), 10, Fraction(24))
    assert [coded.number(frame) for frame in frames] == list(range(90, 100))


def test_damage_in_one_place_leaves_the_rest_of_a_clip_searchable(coded, tmp_path):
    path = coded.clip(tmp_path / "a.mkv", frames=240, gop=24)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 40] = bytes(40)
    path.write_bytes(data)
    info, rate = probe(path), Fraction(24)
    with pytest.raises(MediaError, match=r"a\.mkv cannot be read as a picture or video"):
        list(shot_frames(info, Fraction(100, 24), 48, rate))
    frames = shot_frames(info, Fraction(200, 24), 10, rate)
    assert [coded.number(frame) for frame in frames] == list(range(200, 210))


def test_a_shot_before_the_first_frame_is_refused(clips):
    info, _ = clips["late"]
    with pytest.raises(RenderError, match="before its first frame"):
        list(shot_frames(info, Fraction(-1, 2), 5, Fraction(24)))


def test_a_sequence_is_read_by_its_numbering(coded, tmp_path):
    for index in range(6):
        Image.fromarray(coded.picture(index)).save(tmp_path / f"x{1001 + 2 * index}.png")
    sequence = ImageSequence(tmp_path, "x", ".png", 1001, 6, 4, step=2)
    info = probe_sequence(sequence, 24)
    frames = shot_frames(info, Fraction(2, 24), 6, Fraction(48))
    assert [coded.number(frame) for frame in frames] == [2, 2, 3, 3, 4, 4]
    sequence.path_of(3).unlink()
    with pytest.raises(MediaError, match=r"x1007\.png does not exist"):
        list(shot_frames(info, Fraction(2, 24), 6, Fraction(48)))


def test_a_still_stays(coded, tmp_path):
    Image.fromarray(coded.picture(77)).save(tmp_path / "still.png")
    frames = shot_frames(probe(tmp_path / "still.png"), Fraction(3600), 100, Fraction(24))
    assert [coded.number(frame) for frame in frames] == [77] * 100


def test_a_file_that_vanishes_is_named(coded, tmp_path):
    info = probe(coded.clip(tmp_path / "gone.mp4"))
    Path(info.path).unlink()
    with pytest.raises(MediaError, match=r"gone\.mp4 does not exist"):
        list(shot_frames(info, Fraction(0), 5, Fraction(24)))


def test_a_damaged_clip_is_one_sentence_and_nothing_on_the_terminal(coded, tmp_path, capfd):
    clip = coded.clip(tmp_path / "noise.mp4", 60)
    info = probe(clip)
    data = bytearray(clip.read_bytes())
    half = len(data) // 2
    data[half : half + 4000] = bytes(range(250)) * 16
    clip.write_bytes(data)
    with pytest.raises((MediaError, RenderError)) as caught:
        list(shot_frames(info, Fraction(0), 60, Fraction(24)))
    assert "noise.mp4" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("rate", ["24", "30000/1001", "30", "15"])
@pytest.mark.parametrize("timeline", ["24", "25", "60"])
def test_a_gif_shows_the_frames_of_its_rate_though_it_counts_hundredths(
    coded, tmp_path, rate, timeline
):
    own, wanted = Fraction(rate), Fraction(timeline)
    ends = [round(100 * k / own) for k in range(161)]
    first, *rest = [Image.fromarray(coded.picture(k)) for k in range(160)]
    lasts = [10 * (b - a) for a, b in itertools.pairwise(ends)]
    path = tmp_path / "a.gif"
    first.save(path, save_all=True, append_images=rest, duration=lasts, loop=0)
    info = probe(path)
    assert info.rate == own
    start = 7 / wanted
    count = math.floor((info.seconds - start) * wanted)
    shown = [coded.number(frame) for frame in shot_frames(info, start, count, wanted)]
    assert shown == [math.floor((start + k / wanted + TOLERANCE) * own) for k in range(count)]
