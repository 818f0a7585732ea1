"""Write movies of one shot each, a folder of them at a time: stems and proxies.

Each is an object of the cache with a timecode of its own, so that one that is made already is only
copied.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from otio_idolsync.errors import OutputError
from otio_idolsync.media.known import KnownMedia
from otio_idolsync.media.outputs import is_ours, output_file
from otio_idolsync.rendering.encode import shot_suffix
from otio_idolsync.rendering.join import MadeShot, join
from otio_idolsync.rendering.keys import shot_key
from otio_idolsync.rendering.make import Maker
from otio_idolsync.rendering.model import OutputFormat, ShotJob
from otio_idolsync.rendering.soundtrack import Soundtrack
from otio_idolsync.rendering.store import Store


@dataclass(frozen=True, slots=True)
class Movie:
    """A movie of one shot.

    Attributes:
        job: What it shows.
        output: Its format.
        path: The file to write.
        timecode: Of its first frame; "" for none.
        sound: What is heard; None for nothing.
    """

    job: ShotJob
    output: OutputFormat
    path: Path
    timecode: str = ""
    sound: Soundtrack | None = None


def check_free(paths: Iterable[Path]) -> None:
    """Refuse, before any work is done, to write over files that somebody else made.

    Raises:
        OutputError: One is there.
    """
    for path in paths:
        if path.exists() and not is_ours(path):
            raise OutputError(f"{path} was not written by idolsync, or was changed; move it away")


def write_movies(
    movies: Sequence[Movie],
    store: Store,
    media: KnownMedia,
    workers: int,
    told: Callable[[float], None] | None = None,
) -> None:
    """Make every movie that is not in the cache, and write all of them.

    Args:
        movies: What to write; their folders are made.
        store: Keeps what is made.
        media: Knows the content of files.
        workers: How many are made at a time.
        told: Called with the share of them that is done.

    Raises:
        RenderError: A source does not fill its movie, or changed meanwhile.
        MediaError: A source cannot be read.
        OutputError: A folder or the cache cannot be written.
    """
    stop = threading.Event()
    threads = max(1, (os.cpu_count() or 1) // workers)
    keys = [shot_key(movie.job, movie.output, media) for movie in movies]
    sounds = [movie.sound.key for movie in movies if movie.sound]
    media.save()

    def write(movie: Movie, key: str) -> None:
        if not stop.is_set():
            maker = Maker(store, media, movie.output, threads, stop)
            _write(movie, key, store, maker, stop)

    for folder in {movie.path.parent for movie in movies}:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"{folder} cannot be made: {error.strerror or error}") from error
    with store.using([*keys, *sounds]), ThreadPoolExecutor(workers) as pool:
        try:
            waiting = [pool.submit(write, *pair) for pair in zip(movies, keys, strict=True)]
            for done, future in enumerate(as_completed(waiting), 1):
                future.result()
                if told:
                    told(done / len(waiting))
        finally:
            stop.set()


def _write(movie: Movie, key: str, store: Store, maker: Maker, stop: threading.Event) -> None:
    suffix, sound = shot_suffix(movie.output), None
    known = store.find("shots", key, suffix) or maker.shot(movie.job, key)
    if movie.sound:
        maker.sound(movie.sound)
        sound = store.path("songs", movie.sound.key, movie.sound.suffix)
    shot = MadeShot(store.path("shots", key, suffix), movie.job.frames, known["reorder"])
    with output_file(movie.path) as temporary:
        join([shot], sound, temporary, suffix, movie.output, stop, movie.timecode)
