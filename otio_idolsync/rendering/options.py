"""What ``render`` can be told: each option once, for the command, the adapter and the library."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, TypedDict

from otio_idolsync.cut.look import Fit
from otio_idolsync.options import CacheFolder, Option
from otio_idolsync.timebase import parse_frames

AudioCodec = Literal["aac", "alac", "pcm"]
VideoCodec = Literal["h264", "hevc", "prores", "ffv1"]
Missing = Literal["error", "slate"]


class RenderOptions(TypedDict, total=False):
    """How a timeline becomes a movie; what is left out has its default."""

    size: Annotated[
        str | tuple[int, int] | None,
        Option("Size or shape (9:16, 1:1, 4:5, 16:9) [default: the timeline's].", "WxH|SHAPE"),
    ]
    fit: Annotated[Fit, Option("Letterbox, fill the frame, or crop.", default="fit")]
    hdr: Annotated[
        Literal["tonemap", "clip"],
        Option("HLG and PQ: tone-map bright light (BT.2390), or cut it off.", default="tonemap"),
    ]
    deinterlace: Annotated[
        bool,
        Option(
            "Keep the two fields of interlaced media as they are.",
            default=True,
            flag="--no-deinterlace",
        ),
    ]
    jobs: Annotated[int | None, Option("Shots encoded at a time.", within=(1, 64))]
    audio_codec: Annotated[AudioCodec, Option("How the song is written.", default="aac")]
    loudness: Annotated[
        str | None, Option("Bring the sound to -14LUFS or so [default: as it is].", "LUFS")
    ]
    video_codec: Annotated[
        VideoCodec,
        Option("How the picture is written: prores in .mov, ffv1 in .mkv.", default="h264"),
    ]
    draft: Annotated[bool, Option("Half as large and fast, to be looked at once.", default=False)]
    start: Annotated[str | None, Option("Begin here: 8.3s, 199f, bar33 …", "TIME", flag="--from")]
    end: Annotated[str | None, Option("End here.", "TIME", flag="--to")]
    burn_in: Annotated[
        str, Option("Write over the picture: timecode, shot, or timecode,shot.", "PARTS", "")
    ]
    handles: Annotated[
        int | None,
        Option(
            "Also each shot alone, with so many frames (12f) around it.",
            "FRAMES",
            read=parse_frames,
        ),
    ]
    missing: Annotated[Missing, Option("What a missing file becomes.", default="error")]
    sequence: Annotated[
        str | None, Option("The sequence that is meant, where a file holds several.", "NAME")
    ]
    audio_stream: Annotated[
        int | None,
        Option(
            "Sound stream of the song's file, from 0 [default: the plan's, else the default one].",
            "N",
        ),
    ]
    media_map: Annotated[
        Sequence[tuple[str, str]],
        Option("Look for media under NEW instead of OLD; may be repeated.", "OLD=NEW", (), "map"),
    ]
    media_root: Annotated[
        Path | None,
        Option("What relative media paths count from [default: the timeline's folder].", flag=""),
    ]
    allow_remote: Annotated[
        bool, Option("Use media on the web or on another machine's share.", default=False)
    ]
    dry_run: Annotated[
        bool,
        Option(
            "Say what would be done; write nothing.", default=False, argument="", flag="--dry-run"
        ),
    ]
    write_jobs: Annotated[
        Path | None,
        Option(
            "With --dry-run: a job file for each shot to be made.",
            "DIR",
            argument="",
            flag="--write-jobs",
        ),
    ]
    cache: CacheFolder
