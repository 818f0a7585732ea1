"""Makes the sample project ``neon_stage``: the song, the shots and what is known of them.

    pip install -r sample_projects/requirements.txt
    python sample_projects/make_neon_stage.py [--only song|stills|sequence|CLIP.mp4]... [--to DIR]

Everything is computed from seeds, nothing is downloaded. All of it takes about fifteen minutes of
processor time. The packages above are needed for this script alone, not for using the project.
"""

from __future__ import annotations

import argparse
import json
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent / "neon_stage"


def make_song(folder: Path) -> str:
    from make import encode, instruments, score, song

    encode.write_mp3(folder / "song.mp3", song.mix(), instruments.RATE)
    (folder / "truth.json").write_text(json.dumps(score.truth(), indent=1) + "\n")
    return "song.mp3"


def make_clip(folder: Path, name: str) -> str:
    from make import encode
    from make.shots import SHOTS

    shot = next(s for s in SHOTS if s.file == name)
    path = folder / "shots" / name
    encode.write_clip(path, shot.frames(), shot.rate, shot.crf, shot.timecode)
    return name


def make_stills(folder: Path) -> str:
    from make import encode, scene_stills
    from make.paint import Film
    from make.shots import casting

    shots = folder / "shots"
    (shots / "shots.toml").write_text(casting())
    film = Film(1280, 720)
    encode.write_picture(shots / "poster.jpg", film.shoot(scene_stills.poster, 0.0))
    encode.write_picture(shots / "face.jpg", film.shoot(scene_stills.face, 0.0), 92)
    return "stills"


def make_sequence(folder: Path) -> str:
    from make import encode
    from make.paint import Film
    from make.scene_abstract import sparks
    from make.shots import SEQUENCE

    name, count, size = SEQUENCE
    film, where = Film(*size), folder / "shots" / name
    where.mkdir(exist_ok=True)
    for i in range(count):
        pixels = film.shoot(sparks, i / 24, index=i)
        encode.write_picture(where / f"{name}.{i + 1:04d}.jpg", pixels, 62)
    return name


def main() -> None:
    from make.shots import SHOTS

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", action="append", default=[])
    parser.add_argument("--to", type=Path, default=HERE)
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    (args.to / "shots").mkdir(parents=True, exist_ok=True)
    parts = {"song": make_song, "stills": make_stills, "sequence": make_sequence}
    wanted = args.only or [*parts, *(s.file for s in SHOTS)]
    with ProcessPoolExecutor(args.jobs) as pool:
        jobs = [
            pool.submit(parts[w], args.to) if w in parts else pool.submit(make_clip, args.to, w)
            for w in wanted
        ]
        for job in jobs:
            print("made", job.result(), flush=True)


if __name__ == "__main__":
    main()
