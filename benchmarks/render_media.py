"""Make what ``render.py`` measures on: clips whose frames carry numbers, a song, and timelines.

Each frame shows a grid of black and white cells: its number, its clip's number and a check sum.
They are read back from a rendered movie's pixels, so that a frame that is missing, late, blended
or of another clip is counted, whatever the movie's index says.

    python render_media.py make FOLDER WIDTHxHEIGHT CLIPS SECONDS SONG_SECONDS
    python render_media.py timeline FOLDER NAME SECONDS CUTS plain|layered
    python render_media.py count MOVIE FOLDER/NAME.json
"""

from __future__ import annotations

import bisect
import json
import random
import sys
import wave
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import opentimelineio as otio
from numpy.typing import NDArray

RATE = 24
SONG_RATE = 48000
COLUMNS, ROWS = 11, 2
LEFT, TOP, WIDE, HIGH = 0.1, 0.35, 0.8, 0.3
DARK, BRIGHT = 30, 225
# Suffix and rate of each kind of clip; "vfr" alternates between five frame durations.
KINDS = {
    "plain": (".mp4", "24"),
    "pal": (".mp4", "25"),
    "ntsc": (".mp4", "30000/1001"),
    "fast": (".mp4", "60"),
    "film": (".mkv", "24000/1001"),
    "vfr": (".mp4", "90000"),
    "timecode": (".mov", "24"),
    "stream": (".ts", "25"),
}
# Time stamps are often rounded to milliseconds.
SLACK = Fraction(1, 1000)
VFR_TICKS = (3000, 3750, 6000, 1500, 4500)
Gray = NDArray[np.uint8]


def cells(clip: int, number: int) -> list[int]:
    """Return the 22 cells of a frame: a black and a white one, number, clip and check sum."""
    check = (number * 7 + clip * 3 + 5) % 16
    word = (number << 10) | (clip << 4) | check
    return [0, 1, *((word >> bit) & 1 for bit in range(19, -1, -1))]


def places(width: int, height: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield top, bottom, left and right of each cell."""
    for row in range(ROWS):
        for column in range(COLUMNS):
            yield (
                round(height * (TOP + HIGH * row / ROWS)),
                round(height * (TOP + HIGH * (row + 1) / ROWS)),
                round(width * (LEFT + WIDE * column / COLUMNS)),
                round(width * (LEFT + WIDE * (column + 1) / COLUMNS)),
            )


def read_cells(gray: Gray) -> tuple[int, int] | None:
    """Return clip and number of a picture; None where they cannot be read or are blended."""
    levels = []
    for top, bottom, left, right in places(gray.shape[1], gray.shape[0]):
        high, wide = (bottom - top) // 4, (right - left) // 4
        levels.append(float(gray[top + high : bottom - high, left + wide : right - wide].mean()))
    low, span = levels[0], levels[1] - levels[0]
    shares = [(level - low) / span if span > 60 else 0.5 for level in levels[2:]]
    if any(0.2 < share < 0.8 for share in shares):
        return None
    word = sum(
        int(share > 0.5) << bit for bit, share in zip(range(19, -1, -1), shares, strict=True)
    )
    number, clip = word >> 10, (word >> 4) & 63
    return (clip, number) if cells(clip, number)[-4:] == cells_tail(word) else None


def cells_tail(word: int) -> list[int]:
    """Return the four cells of a word's check sum."""
    return [(word >> bit) & 1 for bit in range(3, -1, -1)]


def stamps(kind: str, seconds: int) -> list[Fraction]:
    """Return when each frame of a clip is shown, in seconds."""
    rate = Fraction(KINDS[kind][1])
    if kind != "vfr":
        return [k / rate for k in range(int(seconds * rate))]
    ticks, at = [], 0
    while at < seconds * 90000:
        ticks.append(Fraction(at, 90000))
        at += VFR_TICKS[len(ticks) % len(VFR_TICKS)]
    return ticks


def make_clip(path: Path, clip: int, kind: str, size: tuple[int, int], seconds: int) -> None:
    """Encode a clip: a large picture that is panned over, long GOPs, B frames."""
    width, height = size
    rng = np.random.default_rng(clip)
    wall = np.full((height + 256, width + 512), 120.0, np.float32)
    for step, strength in ((128, 60), (32, 30), (8, 14), (2, 5)):
        coarse = rng.standard_normal((wall.shape[0] // step + 1, wall.shape[1] // step + 1))
        enlarged = np.kron(coarse.astype(np.float32), np.ones((step, step), np.float32))
        wall += strength * enlarged[: wall.shape[0], : wall.shape[1]]
    picture = wall.clip(24, 220).astype(np.uint8)
    right, down = (int(step) for step in rng.integers((1, 0), (6, 3)))
    colours = np.repeat(rng.integers(90, 166, 2), width * height // 4).astype(np.uint8)
    times = stamps(kind, seconds)
    base = Fraction(1, 90000) if kind in ("vfr", "stream") else 1 / Fraction(KINDS[kind][1])
    with av.open(str(path), "w") as out:
        if kind == "timecode":
            out.metadata["timecode"] = "01:00:00:00"
        options = {"crf": "20", "preset": "veryfast"}
        rate = Fraction(30 if kind == "vfr" else KINDS[kind][1])
        stream = out.add_stream("libx264", rate=rate, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.time_base = stream.time_base = base
        for number, at in enumerate(times):
            x, y = number * right % 512, number * down % 256
            luma = picture[y : y + height, x : x + width].copy()
            for cell, place in zip(cells(clip, number), places(width, height), strict=True):
                luma[place[0] : place[1], place[2] : place[3]] = BRIGHT if cell else DARK
            packed = np.concatenate([luma.ravel(), colours]).reshape(-1, width)
            frame = av.VideoFrame.from_ndarray(packed, format="yuv420p")
            frame.time_base, frame.pts = base, round(at / base)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def make(folder: Path, size: tuple[int, int], clips: int, seconds: int, song: int) -> None:
    """Write clips, their kinds and a song; what is there from an earlier run is kept."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for clip in range(clips):
        kind = list(KINDS)[clip % len(KINDS)]
        path = folder / f"{clip:02}_{kind}{KINDS[kind][0]}"
        if not path.exists():
            make_clip(path.with_stem("new"), clip, kind, size, seconds)
            path.with_stem("new").rename(path)
        made.append({"file": path.name, "kind": kind, "seconds": seconds})
    rng = np.random.default_rng(1)
    noise = rng.normal(0, 3000, (song * SONG_RATE, 2)).clip(-30000, 30000).astype("<i2")
    with wave.open(str(folder / "song.wav"), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(SONG_RATE)
        out.writeframes(noise.tobytes())
    (folder / "media.json").write_text(json.dumps({"size": size, "clips": made}))


def span(first: int, frames: int) -> Any:
    time = otio.opentime.RationalTime
    return otio.opentime.TimeRange(time(first, RATE), time(frames, RATE))


def make_timeline(folder: Path, name: str, seconds: int, cuts: int, layered: bool) -> None:
    """Write ``NAME.otio``, and as ``NAME.json`` the same cuts for programs that read no OTIO.

    Layered, every fourth cut is a dissolve, and a half-transparent picture lies over every third
    shot.
    """
    known = json.loads((folder / "media.json").read_text())
    chance = random.Random(cuts)
    total = seconds * RATE
    parts = np.cumsum([chance.uniform(0.5, 1.5) for _ in range(cuts)])
    ends = [round(total * part / parts[-1]) for part in parts]
    timeline = otio.schema.Timeline(name, global_start_time=otio.opentime.RationalTime(86400, RATE))
    track, over, sound = (
        otio.schema.Track(title, kind=kind)
        for title, kind in (("V1", "Video"), ("V2", "Video"), ("A1", "Audio"))
    )
    shots, first = [], 0
    for index, end in enumerate(ends):
        frames = end - first
        clip = chance.randrange(len(known["clips"]))
        facts = known["clips"][clip]
        most = facts["seconds"] * RATE - frames - 16
        start = 8 + chance.randrange(max(1, most))
        hour = 86400 if facts["kind"] == "timecode" else 0
        media = otio.schema.ExternalReference(facts["file"], span(hour, facts["seconds"] * RATE))
        shot = otio.schema.Clip(f"shot {index}", media, span(hour + start, frames))
        shot.metadata["idolsync"] = {"schema": "idolsync.clip/1", "shot_id": f"S{index:03}"}
        if layered and index % 4 == 1:
            reach = otio.opentime.RationalTime(1, RATE)
            track.append(otio.schema.Transition("dissolve", "SMPTE_Dissolve", reach, reach))
        track.append(shot)
        over.append(
            _layer(shot)
            if layered and index % 3 == 0
            else otio.schema.Gap(source_range=span(0, frames))
        )
        shots.append({"clip": clip, "start": start, "frames": frames, **facts})
        first = end
    song = otio.schema.ExternalReference("song.wav", span(0, total))
    sound.append(otio.schema.Clip("song", song, span(0, total)))
    timeline.tracks.extend([track, *([over] if layered else []), sound])
    otio.adapters.write_to_file(timeline, str(folder / f"{name}.otio"))
    cut = {"rate": RATE, "size": known["size"], "song": "song.wav", "shots": shots}
    (folder / f"{name}.json").write_text(json.dumps(cut))


def _layer(shot: Any) -> Any:
    """Return a shot as a half-transparent picture of half the size."""
    layer = shot.deepcopy()
    text = (
        '<asset-clip><adjust-transform scale="0.5 0.5"/><adjust-blend amount="0.5"/></asset-clip>'
    )
    layer.metadata["fcpx_xml"] = {"xml": text}
    return layer


def count_wrong(movie: Path, cut: dict[str, Any]) -> int:
    """Return how many frames of a movie are not those of a cut, missing and extra ones included.

    Where no frame begins exactly at a moment, the one on screen and the nearest one are both right.
    """
    wanted = []
    for shot in cut["shots"]:
        times = stamps(shot["kind"], shot["seconds"])
        for k in range(shot["frames"]):
            at = Fraction(shot["start"] + k, cut["rate"])
            shown, ahead = (bisect.bisect_right(times, moment) - 1 for moment in (at, at + SLACK))
            near = min((shown, min(shown + 1, len(times) - 1)), key=lambda n: abs(times[n] - at))
            wanted.append({(shot["clip"], number) for number in (shown, ahead, near)})
    wrong = found = 0
    with av.open(str(movie)) as container:
        for frame in container.decode(video=0):
            luma = frame.planes[0]
            rows = np.frombuffer(luma, np.uint8).reshape(luma.height, luma.line_size)
            right = found < len(wanted) and read_cells(rows[:, : luma.width]) in wanted[found]
            wrong += not right
            found += 1
    return wrong + max(0, len(wanted) - found)


def main(argv: list[str]) -> None:
    """Run one of the three commands."""
    what, first, *rest = argv
    if what == "make":
        width, height = map(int, rest[0].split("x"))
        make(Path(first), (width, height), *(int(text) for text in rest[1:]))
    elif what == "timeline":
        make_timeline(Path(first), rest[0], int(rest[1]), int(rest[2]), rest[3] == "layered")
    else:
        print(count_wrong(Path(first), json.loads(Path(rest[0]).read_text())))


if __name__ == "__main__":
    main(sys.argv[1:])
