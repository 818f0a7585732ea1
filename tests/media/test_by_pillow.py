"""Pictures that ffmpeg's libraries show in part, or not at all, are shown whole."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import opentimelineio as otio
import pytest
from PIL import Image

from otio_idolsync.errors import MediaError
from otio_idolsync.lipsync.movie import face_pictures
from otio_idolsync.media.frames import TOLERANCE, shot_frames
from otio_idolsync.media.model import ImageSequence
from otio_idolsync.media.probe import probe, probe_sequence
from otio_idolsync.rendering.proxies import write_proxies

COUNT = 12
LASTS = [50, 100, 40, 200, 30, 80, 120, 60, 100, 90, 70, 110]


def animation(path, coded, lasts):
    first, *rest = [Image.fromarray(coded.picture(k)) for k in range(COUNT)]
    first.save(path, save_all=True, append_images=rest, duration=lasts, quality=90)
    return path


@pytest.mark.parametrize("suffix", [".apng", ".avif", ".png", ".webp"])
def test_an_animation_plays_at_its_rate(coded, tmp_path, suffix):
    info = probe(animation(tmp_path / f"a{suffix}", coded, 40))
    assert (info.kind, info.rate, info.frames) == ("video", 25, COUNT)
    assert (info.width, info.height) == (160, 90)
    shown = shot_frames(info, Fraction(3, 25), 8, Fraction(25))
    assert [coded.number(frame) for frame in shown] == list(range(3, 11))


@pytest.mark.parametrize("suffix", [".apng", ".avif", ".webp"])
def test_each_picture_of_an_animation_stays_as_long_as_it_says(coded, tmp_path, suffix):
    info = probe(animation(tmp_path / f"a{suffix}", coded, LASTS))
    begins = [Fraction(sum(LASTS[:k]), 1000) for k in range(COUNT)]
    rate, count = Fraction(50), 40
    assert abs(info.seconds - Fraction(sum(LASTS), 1000)) < 1 / info.rate
    shown = [coded.number(frame) for frame in shot_frames(info, Fraction(1, 10), count, rate)]
    wanted = [Fraction(1, 10) + k / rate + TOLERANCE for k in range(count)]
    assert shown == [max(k for k, at in enumerate(begins) if at <= w) for w in wanted]


def test_an_animation_plays_backwards(coded, tmp_path):
    info = probe(animation(tmp_path / "a.webp", coded, 40))
    shown = shot_frames(info, Fraction(10, 25), 6, Fraction(25), Fraction(-1))
    assert [coded.number(frame) for frame in shown] == [10, 9, 8, 7, 6, 5]


@pytest.mark.parametrize("suffix", [".avif", ".webp", ".png", ".ico"])
def test_alpha_is_kept(tmp_path, suffix):
    picture = np.full((64, 64, 4), (200, 40, 40, 255), np.uint8)
    picture[:32, :, 3] = 0
    path = tmp_path / f"logo{suffix}"
    Image.fromarray(picture).save(path)
    info = probe(path)
    assert (info.kind, info.width, info.height) == ("still", 64, 64)
    (frame,) = shot_frames(info, Fraction(0), 1, Fraction(24))
    shown = frame.to_ndarray(format="rgba").astype(int)
    assert shown[:28, :, 3].max() < 8
    assert shown[36:, :, 3].min() > 247
    (face,) = face_pictures(info, Fraction(0), 1, Fraction(24), (64, 64))
    assert np.abs(face[48, 32].astype(int) - (200, 40, 40)).max() < 8
    assert face[16, 32].max() < 8


def test_a_picture_of_tiles_is_shown_whole(tmp_path, tiles):
    path = tmp_path / "photo.avif"
    path.write_bytes(tiles)
    info = probe(path)
    assert (info.width, info.height, info.streams) == (512, 256, 1)
    (frame,) = shot_frames(info, Fraction(0), 1, Fraction(24))
    shown = frame.to_ndarray(format="rgb24").astype(int)
    corners = {(10, 10): (200, 0, 0), (10, 500): (0, 200, 0), (250, 10): (0, 0, 200)}
    for place, color in (corners | {(250, 500): (200, 200, 0)}).items():
        assert np.abs(shown[place] - color).max() < 8


def test_an_avif_turned_by_its_camera_stands_upright(tmp_path):
    exif, picture = Image.Exif(), np.full((48, 64, 4), (0, 0, 0, 255), np.uint8)
    picture[:24] = (250, 250, 250, 128)
    exif[274] = 6
    Image.fromarray(picture).save(tmp_path / "a.avif", exif=exif)
    info = probe(tmp_path / "a.avif")
    assert (info.width, info.height) == (48, 64)
    (frame,) = shot_frames(info, Fraction(0), 1, Fraction(24))
    shown = frame.to_ndarray(format="rgba")
    assert shown[32, 40, 0] > 240
    assert shown[32, 8, 0] < 10


def test_the_images_of_a_sequence_are_read_alike(coded, tmp_path):
    for number in range(3):
        picture = Image.fromarray(coded.picture(number)).convert("RGBA")
        picture.putalpha(200)
        picture.save(tmp_path / f"a{number}.avif")
    info = probe_sequence(ImageSequence(tmp_path, "a", ".avif", 0, 3, 0))
    assert (info.kind, info.frames, info.reader) == ("sequence", 3, "pillow")
    shown = [
        frame.to_ndarray(format="rgba") for frame in shot_frames(info, Fraction(0), 3, Fraction(24))
    ]
    assert [int(picture[0, 0, 3]) for picture in shown] == [200] * 3


def test_a_proxy_is_made_of_an_animation(coded, tmp_path):
    path = animation(tmp_path / "a.webp", coded, 40)
    time, span = otio.opentime.RationalTime, otio.opentime.TimeRange
    media = otio.schema.ExternalReference(path.as_uri(), span(time(0, 25), time(COUNT, 25)))
    clip = otio.schema.Clip("a", media, span(time(0, 25), time(10, 25)))
    timeline = otio.schema.Timeline("cut", tracks=[otio.schema.Track("V1", [clip])])
    otio.adapters.write_to_file(timeline, str(tmp_path / "cut.otio"))
    done = write_proxies(tmp_path / "cut.otio", tmp_path / "offline.otio", cache=tmp_path / "cache")
    ((_, proxy),) = done.made
    assert coded.numbers(proxy) == list(range(COUNT))


def test_a_picture_that_nothing_reads_is_named_once(tmp_path):
    (tmp_path / "a.webp").write_bytes(b"RIFF\0\0\0\0WEBPVP8X\0\0\0\0\2\0\0\0")
    with pytest.raises(MediaError, match=r"a\.webp cannot be read as a picture \(") as caught:
        probe(tmp_path / "a.webp")
    assert "\n" not in str(caught.value)
