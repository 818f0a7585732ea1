"""``analyze``: what a song tells an editor, cached by its identity and the settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Unpack

import numpy as np
from numpy.typing import NDArray

from otio_idolsync.analysis.backends import DEFAULT, BackendEntry, TrackedBeats, find_backend
from otio_idolsync.analysis.bars import find_bars
from otio_idolsync.analysis.energy import measure_energy
from otio_idolsync.analysis.events import find_events
from otio_idolsync.analysis.features import Features, measure
from otio_idolsync.analysis.grid import cover
from otio_idolsync.analysis.gridfiles import read_grid, read_taps
from otio_idolsync.analysis.heard import HeardGrid, heard_grid
from otio_idolsync.analysis.listening import Listening
from otio_idolsync.analysis.model import Analysis, BeatGrid, Phrase, SongInfo
from otio_idolsync.analysis.pulse import settle
from otio_idolsync.analysis.repair import Repair
from otio_idolsync.analysis.sections import find_sections
from otio_idolsync.analysis.separate import Separator, find_separator
from otio_idolsync.analysis.sound import RATE, hear
from otio_idolsync.analysis.store import Store, file_sha256
from otio_idolsync.analysis.taps import Taps, tapped_grid
from otio_idolsync.analysis.vocals import find_vocals, stem_phrases, vocal_curve
from otio_idolsync.errors import AnalysisError, UsageError
from otio_idolsync.media.cache import cache_folder
from otio_idolsync.media.files import existing_file
from otio_idolsync.media.known import KnownMedia
from otio_idolsync.media.names import spoken_name
from otio_idolsync.media.song import Song, decode_song, open_song
from otio_idolsync.options import takes

Progress = Callable[[str, float], None]
_STEM_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class _Wishes:
    """What the user asked for, found usable before anything is read for long."""

    tracker: BackendEntry
    repair: Repair
    grid_file: Path | None
    tap_file: Path | None
    separator: Separator | None

    @classmethod
    def of(cls, listening: Listening) -> _Wishes:
        grid, tap = listening.get("grid"), listening.get("tap")
        repair = Repair.of(
            listening.get("tempo_scale"),
            listening.get("shift"),
            listening.get("bar_phase"),
            listening.get("meter"),
            listening.get("alternative"),
        )
        if tap is not None and (grid is not None or repair.alternative):
            raise UsageError("taps choose a reading; leave out --tap, or --grid and --alternative")
        return cls(
            find_backend(listening.get("backend") or DEFAULT),
            repair,
            existing_file(grid, "grid file") if grid is not None else None,
            existing_file(tap, "tap file") if tap is not None else None,
            find_separator(listening.get("vocals")),
        )


@dataclass(frozen=True, slots=True)
class _Given:
    """What there is beside the song."""

    wishes: _Wishes
    stem: Song | None

    @property
    def digests(self) -> dict[str, str]:
        """What tells one set of files from another."""
        grid, tap = self.wishes.grid_file, self.wishes.tap_file
        return {
            "grid": file_sha256(grid) if grid else "",
            "tap": file_sha256(tap) if tap else "",
            "vocals": self.stem.sha256 if self.stem else "",
        }


def check_listening(listening: Listening) -> None:
    """Refuse what cannot be done, before anything takes time.

    Raises:
        UsageError: An unknown backend, or a switch that means nothing.
        ToolMissingError: Demucs is asked for and not installed.
        MediaError: The grid or tap file is missing.
    """
    _Wishes.of(listening)


@takes(Listening)
def analyze(
    song: Path | str | Song,
    *,
    cache: Path | None = None,
    progress: Progress | None = None,
    **listening: Unpack[Listening],
) -> Analysis:
    """Return the beats, bars, energy, events, sections and sung phrases of a song.

    Args:
        song: A sound file, a video with sound, or a song already opened.
        cache: Cache folder; ``$IDOLSYNC_CACHE`` or the user's by default.
        progress: Called with a stage's name and the fraction of all work done, 0..1.
        **listening: How the song is listened to, see `Listening`.

    Raises:
        UsageError: An unknown backend, or a switch that means nothing.
        ToolMissingError: Demucs is asked for and not installed.
        MediaError: The song, grid file, tap file or stem is missing or cannot be read.
        AnalysisError: The song is silent, the grid file holds no grid or the tap file no taps,
            the stem is not as long as the song, or demucs failed.
    """
    tell = progress or (lambda stage, done: None)
    wishes, vocals = _Wishes.of(listening), listening.get("vocals")
    tell("open song", 0.0)
    opened = song
    if not isinstance(opened, Song):
        media = KnownMedia(cache_folder(cache))
        opened = media.song(opened, listening.get("audio_stream"))
        media.save()
    store = Store(cache, opened, wishes.tracker)
    if wishes.separator:
        tell("separate vocals", 0.0)
        vocals = wishes.separator.vocal_stem(opened, cache)
    finished = _finished(opened, store, _Given(wishes, _stem(vocals, opened)), tell)
    tell("done", 1.0)
    said = [opened.choice] if opened.choice and listening.get("audio_stream") is None else []
    said += [warning for warning in finished.warnings if warning != opened.choice]
    return replace(finished, song=_info(opened), warnings=tuple(said))


def _finished(song: Song, store: Store, given: _Given, tell: Progress) -> Analysis:
    """Return the analysis from the cache, or make it and keep it there."""
    kept = store.finished_path(given.wishes.repair, given.digests)
    finished = store.read_finished(kept)
    if finished is not None:
        return finished
    fresh = _analyze(song, store, given, tell)
    store.write_finished(kept, fresh)
    return Analysis.from_json(fresh.to_json())  # as rounded as the next run will see it


def _analyze(song: Song, store: Store, given: _Given, tell: Progress) -> Analysis:
    wishes = given.wishes
    grid = read_grid(wishes.grid_file) if wishes.grid_file else None
    untouched = not wishes.repair.needed and given.stem is None
    if isinstance(grid, Analysis) and grid.song.sha256 == song.sha256 and untouched:
        return grid
    taps = _taps(wishes.tap_file, song)
    features, tracked = _raw(song, wishes.tracker, store, tell)
    tell("bars", 0.8)
    by = {"beats": "grid file" if grid else f"{wishes.tracker.name} {wishes.tracker.version}"}
    if grid:
        found = _given_grid(grid, song, wishes.grid_file)
    elif taps:
        found, by["taps"] = tapped_grid(taps, tracked, features, song.duration, _follow(song))
    else:
        found = heard_grid(tracked, features, song.duration, wishes.repair.alternative)

    def place(beats: NDArray[np.float64], meter: int) -> NDArray[np.int64]:
        return find_bars(beats, features, meter).numbers

    mended = cover(wishes.repair.mend(found.grid, place), song.duration)
    sung = _stem_vocals(given.stem) if given.stem else find_vocals(features.voice)
    finished = _derive(song, features, replace(found, grid=mended), sung, by, tell)
    if given.stem:
        stem = f"stem {spoken_name(given.stem.path.name)}"
        finished.backends["vocals"] = str(wishes.separator or stem)
        return finished
    return replace(finished, vocal_activity=vocal_curve(features.voice))


def _derive(
    song: Song,
    features: Features,
    found: HeardGrid,
    vocals: tuple[Phrase, ...],
    by: dict[str, str],
    tell: Progress,
) -> Analysis:
    """Return the analysis of a song whose grid is settled."""
    from otio_idolsync import __version__

    energy, grid = measure_energy(features), found.grid
    tell("events and sections", 0.85)
    ours = f"idolsync {__version__}"
    parts = ("bars", "energy", "events", "sections", "vocals")
    return Analysis(
        _info(song),
        grid,
        energy,
        find_events(energy, grid, song.duration) if found.has_beat else (),
        find_sections(features, grid, energy, vocals, song.duration),
        vocals,
        {**by, **dict.fromkeys(parts, ours)},
        found.warnings,
        found.confidence,
        found.alternatives,
    )


def _raw(
    song: Song, tracker: BackendEntry, store: Store, tell: Progress
) -> tuple[Features, TrackedBeats]:
    """Return the song's features and tracked beats, from the cache where they are kept."""
    kept = store.read_raw()
    if kept is not None:
        return kept
    tell("decode", 0.05)
    sound = hear(song)
    tell("listen", 0.15)
    features = measure(sound)
    tell("beats", 0.45)
    heard = tracker.make()
    samples = sound.mono
    if heard.sample_rate != RATE:
        samples = decode_song(song, heard.sample_rate).mean(axis=1)
    tracked = settle(heard.track(samples, heard.sample_rate), sound, features)
    store.write_raw(features, tracked)
    return features, tracked


def _taps(path: Path | None, song: Song) -> Taps | None:
    return Taps.of(read_taps(path), song.duration, path) if path else None


def _follow(song: Song) -> Callable[[Taps], TrackedBeats]:
    """Return what reads the song anew along taps, by our own network whatever the backend."""

    def read_anew(taps: Taps) -> TrackedBeats:
        from otio_idolsync.analysis.tracker.tapped import follow

        return follow(hear(song).mono, taps)

    return read_anew


def _stem(path: Path | str | None, song: Song) -> Song | None:
    """Return the vocal stem, opened.

    Raises:
        AnalysisError: It is not as long as the song.
    """
    if path is None:
        return None
    stem = open_song(path)
    if abs(stem.duration - song.duration) > _STEM_SECONDS:
        raise AnalysisError(
            f"vocals {stem.path} last {stem.duration:.1f} s and the song {song.duration:.1f} s; "
            "export the stem over the whole song, from its second 0"
        )
    return stem


def _stem_vocals(stem: Song) -> tuple[Phrase, ...]:
    return stem_phrases(decode_song(stem, RATE).mean(axis=1))


def _given_grid(given: BeatGrid | Analysis, song: Song, source: Path | None) -> HeardGrid:
    grid = given if isinstance(given, BeatGrid) else given.grid
    if np.count_nonzero((grid.beats >= 0) & (grid.beats < song.duration)) < 2:
        raise AnalysisError(
            f"grid {source} has fewer than two beats within the {song.duration:.1f} s of the song; "
            f"its first is at {grid.beats[0]:g} s, so are its times in seconds?"
        )
    if isinstance(given, BeatGrid):
        return HeardGrid(grid)
    if given.song.sha256 == song.sha256:
        return HeardGrid(grid, given.warnings, given.confidence, given.alternatives)
    return HeardGrid(
        grid,
        (
            f"grid {source} was made for another file ({Path(given.song.path).name}); "
            "check with --click that it fits this song",
        ),
    )


def _info(song: Song) -> SongInfo:
    path, stream = spoken_name(str(song.path)), song.stream if song.streams > 1 else None
    return SongInfo(path, song.sha256, song.sample_rate, song.samples, song.channels, stream)
