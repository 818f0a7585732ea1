"""The offline lip-sync provider: a drawn mouth on any face, moved by the song's voice.

A still sways and blinks a little; footage keeps its own movement, and its mouth is followed. Where
nobody sings the mouth is shut. It needs no model, no network and no GPU.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from otio_idolsync.lipsync.cues import Cues, cues_of
from otio_idolsync.lipsync.eyes import draw_lids
from otio_idolsync.lipsync.follow import Follower
from otio_idolsync.lipsync.head import moved
from otio_idolsync.lipsync.motion import blinks, cue_margin, poses, sway
from otio_idolsync.lipsync.mouth import draw_mouth
from otio_idolsync.lipsync.movie import Picture, face_pictures, write_movie
from otio_idolsync.lipsync.provider import LipsyncJob, Progress
from otio_idolsync.lipsync.puppet_params import Anchor, PuppetParams, read_params
from otio_idolsync.lipsync.skin import Look, Mouth, look_of

PUPPET_VERSION = "1"
"""Raised whenever the same job would give other pixels."""


class Puppet:
    """The provider ``puppet``."""

    version = PUPPET_VERSION

    def model_digest(self, job: LipsyncJob) -> str:
        """Return "": the mouth is drawn by this code, and nothing else decides its pixels."""
        read_params(job.params, str(job.face.path))
        return ""

    def generate(self, job: LipsyncJob, output: Path, progress: Progress | None = None) -> None:
        """Write the singing face; see `LipsyncProvider`.

        Raises:
            LipsyncError: No mouth anchor, a wrong param, or the face is too short or unreadable.
            MediaError: The song cannot be decoded.
        """
        pictures = puppet_pictures(job)
        write_movie(
            _told(pictures, job.frames, progress), output, job.rate, (job.width, job.height)
        )


def puppet_pictures(job: LipsyncJob) -> Iterator[Picture]:
    """Yield the frames of a shot, uint8 [shape=(height, width, 3)], RGB."""
    params = read_params(job.params, str(job.face.path))
    seconds = np.array(
        [float(job.start + (k + Fraction(1, 2)) / job.rate) for k in range(job.frames)]
    )
    cues = _cues(job, params)
    start = Fraction(job.face_start_frame) / job.rate
    size = job.width, job.height
    faces = face_pictures(job.face, start, job.frames, job.rate, size)
    if job.face.kind == "still":
        return _Still(job, params, next(faces)).pictures(cues, seconds)
    return _footage(job, params, faces, cues, seconds)


class _Still:
    """A still face that is made to sing, blink and sway."""

    def __init__(self, job: LipsyncJob, params: PuppetParams, face: Picture) -> None:
        self._params, self._face, self._seed = params, face, job.seed
        self._mouth = _placed(params.mouth, job)
        self._look = look_of(face, self._mouth)
        self._eyes = [_placed(eye, job) for eye in params.eyes]
        self._heights = [eye.height * job.height for eye in params.eyes]
        self._softness = _softness(job)

    def pictures(self, cues: Cues, seconds: NDArray[np.float64]) -> Iterator[Picture]:
        """Yield the face at each song second; equal moments are one object."""
        places = sway(cues, seconds, self._seed) * self._params.sway
        lids = blinks(seconds, self._seed) if self._eyes else np.zeros(len(seconds))
        for pose, place, lid in zip(poses(cues, seconds), places, lids, strict=True):
            picture = self._face.copy()
            draw_mouth(
                picture, self._mouth, self._look, pose, self._softness, bool(self._params.cover)
            )
            for eye, height in zip(self._eyes, self._heights, strict=True):
                draw_lids(picture, eye, height, float(lid))
            yield moved(picture, self._mouth, (float(place[0]), float(place[1])))


def _footage(
    job: LipsyncJob,
    params: PuppetParams,
    faces: Iterator[Picture],
    cues: Cues,
    seconds: NDArray[np.float64],
) -> Iterator[Picture]:
    """Yield filmed pictures with the drawn mouth where the filmed one is."""
    first = _placed(params.mouth, job)
    softness = _softness(job)
    follower: Follower | None = None
    look: Look | None = None
    mouth = first
    shown: Picture | None = None
    for face, pose in zip(faces, poses(cues, seconds), strict=True):
        if follower is None or look is None:
            follower, look = Follower(face, first), look_of(face, first)
        elif params.track and face is not shown:
            mouth = follower.find(face)
        shown = face
        picture = face.copy()
        draw_mouth(picture, mouth, look, pose, softness, params.cover is not False)
        yield picture


def _cues(job: LipsyncJob, params: PuppetParams) -> Cues:
    if params.cues is not None:
        return params.cues
    margin = round(cue_margin(float(job.rate)) * job.song.sample_rate)
    return cues_of(job.song, job.start_sample - margin, job.samples + 2 * margin, params.phrases)


def _placed(anchor: Anchor, job: LipsyncJob) -> Mouth:
    return Mouth(anchor.x * job.width, anchor.y * job.height, anchor.width * job.width, anchor.tilt)


def _softness(job: LipsyncJob) -> float:
    """Return the blur in pixels that makes a drawn mouth no sharper than an enlarged face."""
    return max(0.0, 0.45 * (job.width / job.face.width - 1))


def _told(pictures: Iterator[Picture], frames: int, progress: Progress | None) -> Iterator[Picture]:
    for done, picture in enumerate(pictures, 1):
        yield picture
        if progress:
            progress(done / frames)
