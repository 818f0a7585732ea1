"""Render the same cuts in other ways, each as one process: what ``render.py`` compares with.

    python render_peers.py loop|naive|melt|moviepy FOLDER/NAME.json MOVIE.mp4

``loop`` is the least that any way could do: one decoder at a time, one encoder with our settings,
right frames. ``naive`` is what most scripts do: ``ffmpeg -ss -t`` for each shot, then its concat
demuxer. ``melt`` gets a hand-written project, ``moviepy`` its documented calls. All write H.264,
x264 veryfast, CRF 18, and AAC at 256 kb/s.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

X264 = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-pix_fmt", "yuv420p"]


def loop(folder: Path, cut: dict[str, Any], movie: Path) -> None:
    """One PyAV loop with one encoder over the frames on screen."""
    import av

    from otio_idolsync.rendering.encode import encoder_settings
    from otio_idolsync.rendering.model import OutputFormat

    width, height = cut["size"]
    settings = dict(encoder_settings(OutputFormat(width, height, Fraction(cut["rate"]))))
    with av.open(str(movie), "w", options={"movflags": "+faststart"}) as out:
        picture = out.add_stream(settings.pop("codec"), rate=cut["rate"], options=settings)
        picture.width, picture.height, picture.pix_fmt = width, height, "yuv420p"
        sound = out.add_stream("aac", rate=48000)
        sound.bit_rate = 256000
        with av.open(str(folder / cut["song"])) as song:
            for frame in song.decode(audio=0):
                out.mux(sound.encode(frame))
        out.mux(sound.encode(None))
        count = 0
        for shot in cut["shots"]:
            for frame in _on_screen(folder / shot["file"], shot, cut["rate"]):
                made = frame.reformat(width, height, "yuv420p")
                made.pts, made.time_base, made.pict_type = count, Fraction(1, cut["rate"]), 0
                out.mux(picture.encode(made))
                count += 1
        out.mux(picture.encode(None))


def _on_screen(path: Path, shot: dict[str, Any], rate: int) -> Iterator[Any]:
    """Yield the frames of a shot by their times; a transport stream is read from its start."""
    import av

    with av.open(str(path)) as source:
        stream = source.streams.video[0]
        stream.thread_type = "AUTO"
        origin = stream.start_time * stream.time_base
        begin = Fraction(shot["start"], rate)
        if path.suffix != ".ts":
            source.seek(
                int((origin + max(0, begin - Fraction(1, 2))) / stream.time_base), stream=stream
            )
        frames = source.decode(stream)
        held, ahead = next(frames), next(frames, None)
        for k in range(shot["frames"]):
            at = origin + begin + Fraction(k, rate) + Fraction(1, 1000)
            while ahead and ahead.pts * stream.time_base <= at:
                held, ahead = ahead, next(frames, None)
            yield held


def naive(folder: Path, cut: dict[str, Any], movie: Path) -> None:
    """A cut of each shot by ``-ss`` and ``-t`` in seconds, and a list of them."""
    width, height = cut["size"]
    call = ["ffmpeg", "-y", "-nostdin", "-v", "error"]
    with tempfile.TemporaryDirectory(dir=movie.parent) as parts:
        names = []
        for index, shot in enumerate(cut["shots"]):
            begin, length = (f"{shot[what] / cut['rate']:.3f}" for what in ("start", "frames"))
            made = [f"-vf=scale={width}:{height}", "-r", str(cut["rate"]), *X264, "-an"]
            made[0:1] = ["-vf", f"scale={width}:{height}"]
            part = f"{parts}/{index}.mp4"
            source = str(folder / shot["file"])
            subprocess.run(
                [*call, "-ss", begin, "-i", source, "-t", length, *made, part], check=True
            )
            names.append(f"file '{part}'\n")
        Path(parts, "list").write_text("".join(names))
        listed = ["-f", "concat", "-safe", "0", "-i", f"{parts}/list"]
        song = ["-i", str(folder / cut["song"]), "-map", "0:v", "-map", "1:a"]
        written = ["-c:v", "copy", "-c:a", "aac", "-b:a", "256k", str(movie)]
        subprocess.run([*call, *listed, *song, *written], check=True)


def melt(folder: Path, cut: dict[str, Any], movie: Path) -> None:
    """A project with a producer a clip, whose in-points are frames of the timeline."""
    width, height = cut["size"]
    files = sorted({shot["file"] for shot in cut["shots"]} | {cut["song"]})
    total = sum(shot["frames"] for shot in cut["shots"])
    producers = [
        f"<producer id='p{index}'><property name='resource'>{folder / name}</property></producer>"
        for index, name in enumerate(files)
    ]
    entries = [
        f"<entry producer='p{files.index(shot['file'])}' in='{shot['start']}' "
        f"out='{shot['start'] + shot['frames'] - 1}'/>"
        for shot in cut["shots"]
    ]
    song = f"<entry producer='p{files.index(cut['song'])}' in='0' out='{total - 1}'/>"
    profile = (
        f"<profile width='{width}' height='{height}' frame_rate_num='{cut['rate']}' "
        "frame_rate_den='1' sample_aspect_num='1' sample_aspect_den='1' display_aspect_num="
        f"{quoteattr(str(width))} display_aspect_den={quoteattr(str(height))} progressive='1' "
        "colorspace='709'/>"
    )
    tracks = "<track producer='v' hide='audio'/><track producer='a' hide='video'/>"
    text = (
        f"<mlt>{profile}{''.join(producers)}<playlist id='v'>{''.join(entries)}</playlist>"
        f"<playlist id='a'>{song}</playlist><tractor>{tracks}</tractor></mlt>"
    )
    project = movie.with_suffix(".mlt")
    project.write_text(text)
    settings = ["vcodec=libx264", "preset=veryfast", "crf=18", "acodec=aac", "ab=256k"]
    consumer = ["-consumer", f"avformat:{movie}", *settings, "real_time=-1"]
    quiet = {"stdin": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run(["melt", "-silent", str(project), *consumer], check=True, **quiet)


def moviepy(folder: Path, cut: dict[str, Any], movie: Path) -> None:
    """``VideoFileClip.subclipped`` for each shot, joined; a clip it cannot open becomes black."""
    from moviepy import AudioFileClip, ColorClip, VideoFileClip, concatenate_videoclips

    parts = []
    for shot in cut["shots"]:
        begin, length = (shot[what] / cut["rate"] for what in ("start", "frames"))
        try:
            clip = VideoFileClip(str(folder / shot["file"]), audio=False)
            part = clip.subclipped(begin, begin + length)
        except Exception as error:
            print(f"moviepy: {shot['file']}: {str(error)[:80]}", file=sys.stderr)
            part = ColorClip(tuple(cut["size"]), (0, 0, 0), duration=length)
        parts.append(part)
    whole = concatenate_videoclips(parts).with_audio(AudioFileClip(str(folder / cut["song"])))
    settings = {"preset": "veryfast", "ffmpeg_params": ["-crf", "18"], "audio_bitrate": "256k"}
    whole.write_videofile(
        str(movie), fps=cut["rate"], codec="libx264", audio_codec="aac", logger=None, **settings
    )


def main(argv: list[str]) -> None:
    """Render a cut in one of the ways."""
    way, cut, movie = argv
    ways = {"loop": loop, "naive": naive, "melt": melt, "moviepy": moviepy}
    ways[way](
        Path(cut).parent.absolute(), json.loads(Path(cut).read_text()), Path(movie).absolute()
    )


if __name__ == "__main__":
    main(sys.argv[1:])
