"""What a probe says of clips, stills and sequences is what was put into them."""

from __future__ import annotations

import os
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from otio_idolsync.errors import MediaError
from otio_idolsync.media.ffmpeg import find_ffmpeg
from otio_idolsync.media.frames import shot_frames
from otio_idolsync.media.model import ImageSequence
from otio_idolsync.media.probe import probe, probe_sequence

RATES = ["24000/1001", "24", "25", "30000/1001", "30", "50", "60000/1001", "60"]


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv", ".ts"])
@pytest.mark.parametrize("rate", RATES)
def test_constant_rates_are_exact_in_every_container(coded, tmp_path, rate, suffix):
    info = probe(coded.clip(tmp_path / f"clip{suffix}", frames=31, rate=rate))
    assert (info.kind, info.rate, info.frames) == ("video", Fraction(rate), 31)
    assert (info.width, info.height, info.start_frame) == (160, 90, 0)


@pytest.mark.parametrize(
    ("rate", "timecode", "start"),
    [
        ("30000/1001", "01:00:00;00", 107892),
        ("30000/1001", "01:00:00:00", 108000),
        ("60000/1001", "01:00:00;00", 215784),
        ("24", "01:00:00:00", 86400),
        ("24000/1001", "00:59:59:23", 86399),
        ("25", "10:00:00:05", 900005),
    ],
)
def test_start_timecode_becomes_a_frame_count(coded, tmp_path, rate, timecode, start):
    clip = coded.clip(tmp_path / "tc.mov", frames=10, rate=rate, timecode=timecode)
    assert probe(clip).start_frame == start


def test_variable_rate_clip_has_its_average_rate_and_no_more_frames_than_it_lasts(coded, tmp_path):
    steps = [Fraction(1, 30), Fraction(1, 24), Fraction(1, 15), Fraction(1, 60), Fraction(1, 20)]
    times = [sum(steps[k % 5] for k in range(count)) for count in range(60)]
    for suffix in (".mp4", ".mkv"):
        info = probe(coded.clip(tmp_path / f"vfr{suffix}", times=times))
        assert abs(float(info.rate) - 60 / float(times[-1] + Fraction(1, 20))) < 0.4
        assert times[-1] - Fraction(1, 12) <= info.seconds <= times[-1] + Fraction(1, 10)


def test_a_late_first_frame_does_not_count_as_length(coded, tmp_path):
    info = probe(coded.clip(tmp_path / "late.mp4", frames=30, delay=Fraction(3, 2)))
    assert (info.rate, info.frames) == (24, 30)


def test_an_edit_list_hides_frames_and_keeps_the_rate(coded, tmp_path):
    whole = coded.clip(tmp_path / "whole.mp4", frames=96, gop=40)
    cut = tmp_path / "cut.mp4"
    copy = ["-ss", "1.3", "-i", str(whole), "-c", "copy", str(cut)]
    subprocess.run([find_ffmpeg()[0], "-v", "error", *copy], check=True)
    info = probe(cut)
    shown = coded.numbers(cut)
    assert (info.rate, info.frames) == (24, len(shown))
    got = [coded.number(f) for f in shot_frames(info, Fraction(0), info.frames, info.rate)]
    assert got == shown


def test_a_file_that_was_cut_off_has_only_the_frames_that_are_left(coded, tmp_path):
    whole = coded.clip(
        tmp_path / "whole.mp4", frames=60, container={"movflags": "+faststart"}, gop=12
    )
    data = whole.read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(data[: len(data) * 3 // 4])
    frames = probe(cut).frames
    with av.open(str(cut)) as container:
        stream = container.streams.video[0]
        there = sum(1 for p in container.demux(stream) if p.size and not p.is_corrupt)
    assert probe(whole).frames == 60
    assert 12 < frames <= there < 60


def test_rotation_and_pixel_aspect_give_the_display_size(coded, tmp_path, shared):
    info = probe(shared / "corpus" / "footage" / "carphone_pristine.mp4")
    assert (info.width, info.height) == (193, 144)
    turned = tmp_path / "turned.mp4"
    turn_clockwise(coded.clip(tmp_path / "clip.mp4"), turned)
    assert (probe(turned).width, probe(turned).height) == (90, 160)


def turn_clockwise(source: Path, target: Path) -> None:
    """Write a copy whose track header says that it is to be shown turned by 90 degrees."""
    data = bytearray(source.read_bytes())
    matrix = data.find(b"tkhd") + 4 + 4 + 20 + 16
    turned = np.array([0, 1 << 16, 0, -(1 << 16), 0, 0, 90 << 16, 0, 1 << 30], ">i4")
    data[matrix : matrix + 36] = turned.tobytes()
    target.write_bytes(data)


def test_a_still_lasts_a_day(coded, tmp_path):
    for name in ("still.png", "still.jpg", "still.tif", "still.bmp", "still.webp"):
        Image.fromarray(coded.picture(5, (64, 48))).save(tmp_path / name)
        info = probe(tmp_path / name)
        assert (info.kind, info.seconds, info.width, info.height) == ("still", 86400, 64, 48)


def test_a_photo_taken_upright_is_upright(coded, tmp_path):
    exif = Image.Exif()
    exif[274] = 6  # turn clockwise to show
    Image.fromarray(coded.picture(5, (64, 48))).save(tmp_path / "photo.jpg", exif=exif)
    info = probe(tmp_path / "photo.jpg")
    assert (info.width, info.height) == (48, 64)


def test_a_video_of_one_frame_is_no_still(coded, tmp_path):
    info = probe(coded.clip(tmp_path / "one.mp4", frames=1))
    assert (info.kind, info.frames) == ("video", 1)


def test_a_sequence_plays_at_the_rate_it_is_given(coded, tmp_path):
    for number in (7, 8, 9):
        Image.fromarray(coded.picture(number)).save(tmp_path / f"a.{number:04d}.png")
    sequence = ImageSequence(tmp_path, "a.", ".png", first=7, count=3, padding=4)
    info = probe_sequence(sequence, 23.976)
    assert (info.kind, info.rate, info.frames) == ("sequence", Fraction(24000, 1001), 3)
    assert info.path == tmp_path / "a.0007.png"


def test_sound_with_cover_art_is_no_video(coded, tmp_path, beat_song):
    Image.fromarray(coded.picture(5)).save(tmp_path / "cover.png")
    song = tmp_path / "song.mp3"
    files = ["-i", str(beat_song), "-i", str(tmp_path / "cover.png")]
    keep = [
        "-map",
        "0:a",
        "-map",
        "1:v",
        "-t",
        "2",
        "-c:v",
        "copy",
        "-disposition:v",
        "attached_pic",
    ]
    subprocess.run([find_ffmpeg()[0], "-v", "error", *files, *keep, str(song)], check=True)
    with pytest.raises(MediaError, match=r"song\.mp3 has only cover art"):
        probe(song)
    with pytest.raises(MediaError, match="has no picture"):
        probe(beat_song)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("text.mp4", b"this is no video", "cannot be read as a picture or video"),
        ("empty.mov", b"", "is empty"),
        ("playlist.m3u8", b"#EXTM3U\n#EXT-X-VERSION:3\nhttp://example.com/a.ts\n", "cannot be"),
    ],
)
def test_what_is_no_picture_is_refused_in_one_sentence(tmp_path, capfd, name, content, said):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(MediaError, match=said) as caught:
        probe(tmp_path / name)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


def test_missing_files_and_folders_are_refused(tmp_path):
    with pytest.raises(MediaError, match="does not exist"):
        probe(tmp_path / "nowhere.mov")
    with pytest.raises(MediaError, match="is a folder"):
        probe(tmp_path)


@pytest.mark.parametrize("suffix", [".mov", ".mkv"])
def test_a_title_in_an_old_encoding_hinders_nobody(coded, tmp_path, suffix):
    path = coded.clip(tmp_path / f"a{suffix}", frames=5, title="caf\xe9")
    path.write_bytes(path.read_bytes().replace("caf\xe9".encode(), b"caf\xe9\xe9"))
    assert probe(path).frames == 5


def test_names_with_percent_signs_and_spaces_are_names(coded, tmp_path):
    clip = coded.clip(tmp_path / "plain.mp4", frames=5)
    odd = tmp_path / "take 100% %03d.mp4"
    shutil.copy(clip, odd)
    assert probe(odd).frames == 5
    Image.fromarray(coded.picture(1)).save(tmp_path / "50%02d.png")
    assert probe(tmp_path / "50%02d.png").kind == "still"


def test_a_format_that_nothing_here_decodes_is_named(coded, tmp_path):
    path = coded.clip(tmp_path / "a.mp4", frames=12)
    path.write_bytes(path.read_bytes().replace(b"avc1", b"zzz1"))
    with pytest.raises(MediaError, match=r"a\.mp4 is in a format that cannot be decoded here"):
        probe(path)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.ffconcat", "ffconcat version 1.0\nfile 'part.ts'\n"),
        ("a.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:1,\npart.ts\n#EXT-X-ENDLIST\n"),
    ],
)
def test_a_list_of_other_files_is_no_media(coded, tmp_path, name, text):
    coded.clip(tmp_path / "part.ts", frames=24)
    (tmp_path / name).write_text(text)
    with pytest.raises(MediaError, match=r"is a list of other files|cannot be read"):
        probe(tmp_path / name)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_pipes_and_devices_are_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.mp4")
    for path in (tmp_path / "a.mp4", Path("/dev/zero")):
        with pytest.raises(MediaError, match="is a pipe or a device; name a file"):
            probe(path)
