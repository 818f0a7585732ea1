"""The puppet: its mouth follows the voice, rests in silence, and nothing depends on the range."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from otio_idolsync.errors import LipsyncError
from otio_idolsync.lipsync.provider import LipsyncJob
from otio_idolsync.lipsync.puppet import puppet_pictures
from otio_idolsync.lipsync.run import run_job

MakeJob = Callable[..., LipsyncJob]
ANCHOR = {"x": 0.5, "y": 0.6, "width": 0.1}
STILL = {"mouth": ANCHOR, "sway": 0}
SUNG = [[2.0, 4.0], [6.0, 8.0]]


def dark_pixels(picture: np.ndarray) -> int:
    """Pixels of the mouth's inside: far darker than skin, around the anchor."""
    around = picture[96:132, 136:184].astype(int)
    return int((around.sum(axis=2) < 270).sum())


def test_mouth_opens_while_somebody_sings_and_rests_before(make_job: MakeJob) -> None:
    job = make_job(frames=48, start=1.0, params=STILL | {"phrases": SUNG})
    open_pixels = [dark_pixels(p) for p in puppet_pictures(job)]
    assert max(open_pixels[:22]) == 0
    assert max(open_pixels[26:]) > 40


def test_open_vowels_open_the_mouth_wider_than_closed_ones(make_job: MakeJob) -> None:
    job = make_job(frames=48, start=6.0, params=STILL | {"phrases": SUNG})
    pixels = np.array([dark_pixels(p) for p in puppet_pictures(job)])
    ah = np.array([(k / 24) % 1 < 0.5 for k in range(48)])
    assert pixels[ah].mean() > 2 * pixels[~ah].mean()


def test_at_rest_a_still_without_sway_is_the_picture_itself(make_job: MakeJob, face: Path) -> None:
    from PIL import Image

    job = make_job(frames=4, start=9.0, params=STILL | {"phrases": SUNG})
    own = np.asarray(Image.open(face))
    for picture in puppet_pictures(job):
        assert np.array_equal(picture, own)


def test_no_phrases_means_that_nobody_sings(make_job: MakeJob) -> None:
    pictures = list(puppet_pictures(make_job(frames=24, params=STILL | {"phrases": []})))
    assert all(np.array_equal(picture, pictures[0]) for picture in pictures)


def test_longer_handles_leave_the_frames_between_them_as_they_were(make_job: MakeJob) -> None:
    params = {"mouth": ANCHOR, "eyes": [{"x": 0.42, "y": 0.41, "width": 0.07}]}
    short = list(puppet_pictures(make_job(frames=24, start=2.5, params=params)))
    long = list(puppet_pictures(make_job(frames=48, start=2.0, params=params)))
    for a, b in zip(short, long[12:36], strict=True):
        assert np.array_equal(a, b)


def test_another_seed_blinks_at_another_time(make_job: MakeJob) -> None:
    params = STILL | {"phrases": [], "eyes": [{"x": 0.42, "y": 0.41, "width": 0.07}]}

    def shut(seed: int) -> list[int]:
        job = make_job(frames=120, start=2.0, params=params, seed=seed)
        sums = [int(p.astype(int).sum()) for p in puppet_pictures(job)]
        return [k for k, total in enumerate(sums) if total != sums[0]]

    assert shut(1)
    assert shut(1) == shut(1)
    assert shut(1) != shut(2)


def test_head_moves_but_the_edge_of_the_picture_stays(make_job: MakeJob) -> None:
    pictures = list(puppet_pictures(make_job(frames=48, params={"mouth": ANCHOR})))
    moved = np.abs(pictures[0].astype(int) - pictures[-1]).max(axis=2)
    assert moved[20:120, 100:220].max() > 20
    assert max(moved[0].max(), moved[-1].max(), moved[:, 0].max(), moved[:, -1].max()) == 0


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(25), Fraction(60000, 1001)])
def test_a_generated_movie_has_exactly_the_frames_asked_for(
    make_job: MakeJob, tmp_path: Path, rate: Fraction
) -> None:
    job = make_job(frames=17, rate=rate)
    shares: list[float] = []
    run_job(job, tmp_path / "S001.mov", progress=shares.append)
    with av.open(str(tmp_path / "S001.mov")) as movie:
        assert not movie.streams.audio
        assert movie.streams.video[0].average_rate == rate
        frames = list(movie.decode(video=0))
    assert len(frames) == 17
    assert shares[-1] == 1
    assert [p.name for p in tmp_path.iterdir()] == ["S001.mov"]


def test_footage_keeps_its_own_pictures_and_gets_a_mouth(
    make_job: MakeJob, coded, tmp_path: Path
) -> None:
    clip = coded.clip(tmp_path / "take.mp4", frames=60, size=(320, 180))
    anchor = {"x": 0.5, "y": 0.85, "width": 0.1}
    params = {"mouth": anchor, "track": False, "phrases": SUNG}
    job = make_job(frames=24, media=clip, face_start_frame=7, params=params)
    run_job(job, tmp_path / "out.mov")
    assert coded.numbers(tmp_path / "out.mov") == list(range(7, 31))


def test_a_moving_mouth_is_followed(make_job: MakeJob, face: Path, tmp_path: Path) -> None:
    from PIL import Image

    from otio_idolsync.lipsync.follow import Follower
    from otio_idolsync.lipsync.skin import Mouth

    own = np.asarray(Image.open(face))
    follower = Follower(own, Mouth(160, 108, 32))
    for shift in range(1, 13):
        found = follower.find(np.roll(own, (shift, -2 * shift), axis=(0, 1)))
    assert abs(found.x - (160 - 24)) < 3
    assert abs(found.y - (108 + 12)) < 3


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({}, "does not know where the mouth"),
        ({"mouth": {"x": 0.5, "y": 0.6}}, "is no anchor"),
        ({"mouth": {"x": 0.5, "y": 1.6, "width": 0.1}}, "mouth y = 1.6 should be from 0 to 1"),
        ({"mouth": ANCHOR, "lips": 3}, "puppet param 'lips' is unknown"),
        ({"mouth": ANCHOR, "sway": "much"}, "sway = 'much' should be from 0 to 4"),
        ({"mouth": ANCHOR, "phrases": [3]}, "list of .start, end. in seconds"),
    ],
)
def test_wrong_params_are_named(make_job: MakeJob, params: dict, said: str) -> None:
    with pytest.raises(LipsyncError, match=said):
        list(puppet_pictures(make_job(params=params)))


def test_footage_that_is_too_short_is_named(make_job: MakeJob, coded, tmp_path: Path) -> None:
    clip = coded.clip(tmp_path / "take.mp4", frames=10)
    job = make_job(frames=24, media=clip, params={"mouth": ANCHOR})
    with pytest.raises(LipsyncError, match=r"take.mp4 is too short.* 24 frames"):
        list(puppet_pictures(job))


def test_a_leaning_mouth_is_followed(make_job: MakeJob, face: Path) -> None:
    from PIL import Image

    from otio_idolsync.lipsync.follow import Follower
    from otio_idolsync.lipsync.skin import Mouth

    own = Image.open(face)
    follower = Follower(np.asarray(own), Mouth(160, 108, 32))
    for lean in range(1, 21):
        turned = own.rotate(-lean, Image.Resampling.BICUBIC, center=(160, 108))
        found = follower.find(np.asarray(turned))
    assert found.tilt == pytest.approx(20, abs=6)
    assert np.hypot(found.x - 160, found.y - 108) < 4


def test_given_cues_go_before_the_songs_own(make_job: MakeJob) -> None:
    cues = {
        "schema": "idolsync.cues/1",
        "hop": 0.1,
        "openness": [0.0] * 5 + [1.0] * 5 + [0.0] * 5,
        "visemes": [{"start": 0.5, "end": 1.0, "shape": "D"}],
    }
    job = make_job(frames=48, start=0.0, params=STILL | {"cues": cues})
    pixels = [dark_pixels(p) for p in puppet_pictures(job)]
    assert min(pixels[15:21]) > 40
    assert max(pixels[:9]) == 0
    assert max(pixels[30:]) == 0
