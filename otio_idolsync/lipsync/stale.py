"""Say whether a lip-sync shot's lips still fit the song, or which range must be generated.

Nothing here reads a file: a clip's metadata, the song's identity and the visible range decide.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from otio_idolsync.errors import LipsyncError, reason
from otio_idolsync.lipsync.provider import LipsyncJob
from otio_idolsync.media.model import MediaInfo
from otio_idolsync.media.song import Song
from otio_idolsync.timebase import Clock

HANDLE_FRAMES = 12
"""Most handle frames that are generated on each side; a still could have hours of them."""


@dataclass(frozen=True, slots=True)
class GeneratedFor:
    """What a generated file was made for, handles included; its frame 0 is ``start_sample``.

    Attributes:
        song_sha256: Identity of the song.
        start_sample: First song sample.
        samples: Song samples.
        inputs_sha256: Everything that went into it; see `provider.inputs_sha256`.
        face_frame: Timeline frames between the face's first frame and the one it was made of
            first; None where nobody noted it.
    """

    song_sha256: str
    start_sample: int
    samples: int
    inputs_sha256: str
    face_frame: int | None = None

    @classmethod
    def of_block(cls, block: Mapping[str, Any]) -> GeneratedFor | None:
        """Return what a clip's block says of its generated file; None before the first generation.

        Raises:
            LipsyncError: The block is damaged.
        """
        said = (block.get("lipsync") or {}).get("generated_for")
        if said is None:
            return None
        try:
            numbers = int(said["start_sample"]), int(said["samples"])
            face = said.get("face_frame")
            face = None if face is None else int(face)
            return cls(str(said["song_sha256"]), *numbers, str(said["inputs_sha256"]), face)
        except (KeyError, TypeError, ValueError) as error:
            shot = block.get("shot_id", "a shot")
            raise LipsyncError(
                f"{shot}: generated_for in its metadata is damaged ({reason(error)}); delete it to "
                "have the shot generated again"
            ) from error

    @classmethod
    def of_job(cls, job: LipsyncJob, inputs_sha256: str) -> GeneratedFor:
        """Return what to write into a clip's block once a job is done."""
        place = job.start_sample, job.samples
        return cls(job.song.sha256, *place, inputs_sha256, job.face_start_frame)

    def to_json(self) -> dict[str, Any]:
        """Return the block's ``generated_for``."""
        said = {name: getattr(self, name) for name in GeneratedFor.__slots__}
        return {name: value for name, value in said.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Regenerate:
    """What must be generated, handles included.

    Attributes:
        why: For people: "never generated", "its lips are 3 frames late".
        start_sample: First song sample.
        samples: Song samples.
        frames: Frames of the timeline.
        head: How many of them lie before the visible ones.
        tail: How many lie after them.
    """

    why: str
    start_sample: int
    samples: int
    frames: int
    head: int
    tail: int


def stale_range(
    block: Mapping[str, Any],
    song_sha256: str,
    song_rate: int,
    clock: Clock,
    first_frame: int,
    frames: int,
    source_in: int | None = None,
    inputs_sha256: str | None = None,
    song_samples: int | None = None,
    face_room: tuple[int, int] | None = None,
) -> Regenerate | None:
    """Return what must be generated for a shot, or None when its lips fit.

    Args:
        block: The clip's ``idolsync.clip/1`` metadata.
        song_sha256: The locked song's identity.
        song_rate: The song's sample rate, Hz.
        clock: The timeline's frames.
        first_frame: The song frame at which the shot begins to be seen; of a song that begins with
            the timeline, the record frame.
        frames: How many frames are seen.
        source_in: First visible frame of the generated file, in timeline frames after its first;
            None where the generated file is not what the clip shows.
        inputs_sha256: What `provider.inputs_sha256` gives now for the range that was generated;
            None to judge by the song alone.
        song_samples: Length of the song; handles do not go beyond it.
        face_room: Timeline frames that filmed faces have before and after what is seen; handles
            do not go beyond them either.

    Raises:
        LipsyncError: The block is damaged.
    """
    made = GeneratedFor.of_block(block)
    why = "it was never generated"
    if made is not None:
        seen = (
            _sample(clock, first_frame, song_rate),
            _sample(clock, first_frame + frames, song_rate),
        )
        why = _unfit(made, song_sha256, seen, inputs_sha256) or _out_of_step(
            made, seen[0], source_in, song_rate, clock.rate
        )
    if not why:
        return None
    head, tail = _handles(block)
    head = min(head, max(0, first_frame))
    if song_samples is not None:
        end = clock.frames_covering(Fraction(song_samples, song_rate))
        tail = min(tail, max(0, end - first_frame - frames))
    if face_room is not None:
        head, tail = min(head, max(0, face_room[0])), min(tail, max(0, face_room[1]))
    start = _sample(clock, first_frame - head, song_rate)
    stop = _sample(clock, first_frame + frames + tail, song_rate)
    return Regenerate(why, start, stop - start, head + frames + tail, head, tail)


def shot_job(
    block: Mapping[str, Any],
    wanted: Regenerate,
    face: MediaInfo,
    face_in: int,
    song: Song,
    rate: Fraction,
    size: tuple[int, int],
) -> tuple[str, LipsyncJob]:
    """Return the provider's name and the job that generates a shot's range.

    Args:
        block: The clip's ``idolsync.clip/1`` metadata; its ``lipsync`` may hold a ``seed``.
        wanted: What `stale_range` found.
        face: The probed face.
        face_in: Timeline frames between the face's first frame and the first one that is seen.
        song: The locked song.
        rate: Frames per second of the timeline.
        size: Width and height to generate; see `provider.generated_size`.

    Raises:
        LipsyncError: The block names no provider, or the face begins later than the range.
    """
    said = block.get("lipsync") or {}
    name, params, seed = said.get("provider"), said.get("params") or {}, said.get("seed", 0)
    shot = block.get("shot_id", "a shot")
    if not isinstance(name, str) or not isinstance(params, Mapping) or type(seed) is not int:
        raise LipsyncError(f"{shot}: lipsync in its metadata is damaged; plan or cast it again")
    begin = 0 if face.kind == "still" else face_in - wanted.head
    place = wanted.start_sample, wanted.samples, rate, wanted.frames
    return name, LipsyncJob(face, begin, song, *place, *size, params, seed)


def _unfit(
    made: GeneratedFor, song_sha256: str, seen: tuple[int, int], inputs_sha256: str | None
) -> str:
    """Return why what was generated cannot serve, "" when it can."""
    if made.song_sha256 != song_sha256:
        return "its lips were made for another song"
    if seen[0] < made.start_sample - 1 or seen[1] > made.start_sample + made.samples + 1:
        return "it shows more than was generated"
    if inputs_sha256 is not None and inputs_sha256 != made.inputs_sha256:
        return "its face, params, provider or size have changed"
    return ""


def _out_of_step(
    made: GeneratedFor, seen_sample: int, source_in: int | None, song_rate: int, rate: Fraction
) -> str:
    """Return by how many frames the lips are early or late, "" when they are in time."""
    into = (seen_sample - made.start_sample) * rate / song_rate
    wanted = math.floor(into + Fraction(1, 2))
    if abs(into - wanted) > 2 * rate / song_rate:
        return "it was generated for other frame times"
    if source_in is None or source_in == wanted:
        return ""
    off = source_in - wanted
    return f"its lips are {abs(off)} frames {'early' if off > 0 else 'late'}"


def _handles(block: Mapping[str, Any]) -> tuple[int, int]:
    said = block.get("handles") or {}
    head, tail = (
        max(0, min(HANDLE_FRAMES, int(said.get(side, HANDLE_FRAMES)))) for side in ("head", "tail")
    )
    return head, tail


def _sample(clock: Clock, frame: int, song_rate: int) -> int:
    return clock.sample_at(frame, song_rate)
