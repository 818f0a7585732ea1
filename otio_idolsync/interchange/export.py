"""Write a timeline for an editor, with what the editor needs beside it, and say what gets lost."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import opentimelineio as otio

from otio_idolsync.cut.blocks import KEY
from otio_idolsync.cut.bundle import beside
from otio_idolsync.cut.doubts import doubts_of
from otio_idolsync.cut.locate import Locator
from otio_idolsync.cut.otio_form import clock_of, song_place_of
from otio_idolsync.cut.read import CutFile, read_cut
from otio_idolsync.cut.song_file import SongFile, song_file_of, with_stream
from otio_idolsync.cut.url import address_in, local_path, readings, share_of, url_of
from otio_idolsync.errors import IdolsyncError, UsageError
from otio_idolsync.interchange.editors import EDITORS
from otio_idolsync.interchange.editors.model import Editor
from otio_idolsync.interchange.losses import losses_of
from otio_idolsync.interchange.song_marks import MarkersOn, is_on_song
from otio_idolsync.interchange.song_wav import (
    SAMPLE_RATE,
    SONG_SUFFIX,
    SongWav,
    fitting_wav,
    free_place,
    write_song_wav,
)
from otio_idolsync.media.outputs import check_outputs, write_text
from otio_idolsync.media.song import Song, open_song
from otio_idolsync.timebase import exact_seconds, media_rate

EditorName = Literal["premiere", "resolve", "fcp", "openshot", "markers-edl", "edl", "otio"]
Markers = Literal["beats", "downbeats", "sections"]
MARKERS: tuple[Markers, ...] = get_args(Markers)
Progress = Callable[[str, float], None]
MARKERS_SUFFIX = ".markers.edl"

_NO_EDITOR = frozenset({".ogg", ".oga", ".opus", ".mka", ".mkv", ".webm", ".wma", ".w64"})
_SOUND = frozenset({".mp3", ".m4a", ".aac", ".flac", ".aif", ".aiff", ".wav"}) | _NO_EDITOR
_DROPPED = {"beats": (), "downbeats": ("beat",), "sections": ("beat", "downbeat")}


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What an export wrote.

    Attributes:
        editor: Whom it is for.
        files: Every file that belongs to it, the timeline first.
        losses: A sentence for each thing that format or editor cannot carry.
        warnings: What a person should know besides.
        shared: Those of the files that were there already: an earlier export's WAV of the song.
    """

    editor: str
    files: tuple[Path, ...]
    losses: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    shared: tuple[Path, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON data."""
        return {
            "schema": "idolsync.export/1",
            "editor": self.editor,
            "files": [str(path) for path in self.files],
            "shared": [str(path) for path in self.shared],
            "losses": list(self.losses),
            "warnings": list(self.warnings),
        }


@dataclass(frozen=True, slots=True)
class _Sound:
    """A sound that an editor gets as a WAV: its file, and whether it is the locked song."""

    path: Path
    is_song: bool


@dataclass(slots=True)
class _Job:
    """An export under way."""

    timeline: otio.schema.Timeline
    output: Path
    editor: Editor
    folder: Path
    songs: dict[_Sound, tuple[Song, Path]] = field(default_factory=dict)
    made: dict[_Sound, SongWav] = field(default_factory=dict)
    files: list[Path] = field(default_factory=list)
    losses: list[str] = field(default_factory=list)
    warnings: dict[Any, str] = field(default_factory=dict)

    @property
    def marker_list(self) -> Path | None:
        """Where the marker EDL beside the timeline lies, for Resolve only."""
        wanted = self.editor.marker_list and len(self.timeline.tracks.markers)
        return self.output.with_suffix(MARKERS_SUFFIX) if wanted else None


def export(
    timeline: otio.core.SerializableObject | Path | str,
    output: Path | str,
    editor: EditorName,
    *,
    markers: Markers | None = None,
    markers_on: MarkersOn | None = None,
    version: str | None = None,
    media_root: Path | str | None = None,
    sequence: str | None = None,
    audio_stream: int | None = None,
    force: bool = False,
    progress: Progress | None = None,
) -> ExportReport:
    """Write a timeline for an editor, and return what was written and what gets lost.

    Args:
        timeline: A timeline, or the path of a file that holds one in any form that is read here.
        output: The file to write; the song's WAV and the marker list lie beside it.
        editor: Whom it is for: ``premiere``, ``resolve``, ``fcp``, ``openshot``,
            ``markers-edl``, ``edl``, ``otio``.
        markers: How many of our markers to write: all, no plain beats, or no beats at all.
        markers_on: What they lie on, in FCPXML and xmeml: ``song``, its own clips, with which they
            move, or ``picture``, the clips beneath (FCPXML) or the sequence (xmeml). By default
            FCPXML's lie on the song and xmeml's on the sequence.
        version: FCPXML version, for ``fcp``.
        media_root: Folder of relative media paths; by default the timeline file's.
        sequence: Name of the one that is meant, where there are several.
        audio_stream: Which sound stream of the song's file is the song, from 0; by default the one
            that the timeline notes, else the default one, else the first.
        force: Replace outputs that are not ours.
        progress: Called with a stage's name and the share done.

    Raises:
        IdolsyncError: One sentence on what cannot be read, used or written.
    """
    chosen = _chosen(editor, markers, version, markers_on)
    held, target = read_cut(timeline), Path(output).expanduser().absolute()
    if held.path and target.exists() and target.samefile(held.path):
        raise UsageError(f"output {target} is the timeline that is exported; name another file")
    check_outputs(target, force=force)
    job = _job(held, sequence, target, chosen, media_root)
    job.timeline = with_stream(job.timeline, audio_stream, Locator(job.folder))
    _thin(job, markers)
    _make_absolute(job)
    job.losses += losses_of(job.timeline, editor)
    _find_songs(job)
    written = [wav for _song, wav in job.songs.values()]
    check_outputs(
        job.output, *written, *([job.marker_list] if job.marker_list else []), force=force
    )
    shared = tuple(wav.path for wav in job.made.values())
    _write_songs(job, progress)
    text, losses = chosen.text(job.timeline, version, markers_on)
    write_text(job.output, text)
    job.files.insert(0, job.output)
    job.losses += losses
    _write_marker_list(job)
    said, warnings = tuple(dict.fromkeys(job.losses)), tuple(job.warnings.values())
    return ExportReport(editor, tuple(job.files), said, warnings, shared)


def _chosen(name: str, markers: str | None, version: str | None, markers_on: str | None) -> Editor:
    if name not in EDITORS:
        raise UsageError(f"editor {name!r} is none of {', '.join(EDITORS)}")
    if markers is not None and markers not in MARKERS:
        raise UsageError(f"markers {markers!r} is none of {', '.join(MARKERS)}")
    if version is not None and not EDITORS[name].versions:
        raise UsageError(f"a version is for fcp (FCPXML) only, not for {name}")
    if markers_on is not None:
        is_on_song(markers_on)
        if not EDITORS[name].markers_on:
            said = f"markers on {markers_on!r}: what they lie on is a choice of FCPXML and xmeml"
            raise UsageError(f"{said}, not of {name}")
    return EDITORS[name]


def _job(
    held: CutFile, sequence: str | None, output: Path, editor: Editor, root: Path | str | None
) -> _Job:
    timeline = held.timeline(sequence)
    own = timeline if held.path else copy.deepcopy(timeline)
    folder = Path(root).expanduser().absolute() if root else held.folder(beside(output))
    said = (*held.notes, *_doubts(own))
    return _Job(own, output, editor, folder, warnings={note: note for note in said})


def _doubts(timeline: otio.schema.Timeline) -> tuple[str, ...]:
    try:
        return doubts_of(timeline, clock_of(timeline, {}))
    except IdolsyncError:  # without a rate there is nothing to measure in, and each format says so
        return ()


def _thin(job: _Job, density: Markers | None) -> None:
    dropped = _DROPPED[density or "beats"]
    kept = [m for m in job.timeline.tracks.markers if _kind(m) not in dropped]
    if len(kept) < len(job.timeline.tracks.markers):
        job.timeline.tracks.markers[:] = [copy.deepcopy(marker) for marker in kept]


def _kind(marker: Any) -> str:
    block = marker.metadata.get(KEY)
    return str(block.get("kind", "")) if hasattr(block, "get") else ""


def _make_absolute(job: _Job) -> None:
    """Turn paths into absolute URLs: an editor does not know the timeline's folder."""
    for clip in job.timeline.find_clips():
        for reference in clip.media_references().values():
            if isinstance(reference, otio.schema.ExternalReference) and reference.target_url:
                reference.target_url = absolute_url(reference.target_url, job.folder)
            elif isinstance(reference, otio.schema.ImageSequenceReference):
                base = absolute_url(reference.target_url_base or "./", job.folder)
                reference.target_url_base = base.rstrip("/") + "/"


def absolute_url(url: str, folder: Path) -> str:
    """Return the absolute URL of a media path: a URL as it is, a path made one.

    Of the readings of a bare path the one that exists is taken, else the first.
    """
    address = address_in(url)
    if address.scheme:
        return url
    found = readings(url)
    if address.host or (not address.is_relative and not url.startswith("/")):
        return url_of(found[0])  # looking at a share would open it over the network
    places = [folder / path for path in found]
    return url_of(next((place for place in places if place.exists()), places[0]))


def _find_songs(job: _Job) -> None:
    """Find the sound that the editor needs as a WAV: one that lies there, or where it will lie."""
    song_file, numbers, named = song_file_of(job.timeline), itertools.count(2), False
    song_track, _song = song_place_of(job.timeline) or (0, None)
    for clip, track in _sound_clips(job):
        url = clip.media_reference.target_url
        if share := share_of(url):
            said = f"song {url} lies on another machine ({share}), so no WAV of it was written"
            job.warnings[url] = said
        sound = _sound_of(job, clip, track, song_file)
        if sound is None or sound in job.songs or sound in job.made:
            continue
        if not sound.path.is_file():
            said = f"song {sound.path} does not exist, so no WAV of it was written"
            job.warnings[sound] = said
            continue
        noted = song_file.stream_of(sound.path) if song_file and sound.is_song else None
        song = open_song(sound.path, noted)
        if noted is None and song.choice:
            job.warnings[sound] = song.choice
        # A re-sync takes what bears the song's name for the song.
        is_first = track == song_track and not named
        named |= is_first
        wanted = job.output.with_suffix(SONG_SUFFIX if is_first else f".song{next(numbers)}.wav")
        wav = fitting_wav(song, wanted)
        if wav:
            job.made[sound] = wav
        else:
            job.songs[sound] = (song, free_place(wanted, job.output))


def _sound_of(
    job: _Job, clip: otio.schema.Clip, track: int, song: SongFile | None
) -> _Sound | None:
    """Return the sound that a clip needs as a WAV; None where the editor opens what it has.

    A shot's own sound opens where the shot does; the song in a video does not, since an editor
    counts it from the picture.
    """
    opened, path = job.editor.opens or frozenset(), local_path(clip.media_reference.target_url)
    if path is None or path.suffix.lower() in opened:
        return None
    if song and song.is_heard_in(clip, track):
        return _Sound(path, True)
    return _Sound(path, False) if path.suffix.lower() in _SOUND else None


def _sound_clips(job: _Job) -> list[tuple[otio.schema.Clip, int]]:
    """Return the clips with sound for an editor who takes it, and the number of their track."""
    return [
        (clip, number)
        for number, track in enumerate(job.timeline.audio_tracks())
        for clip in track.find_clips()
        if job.editor.opens is not None and getattr(clip.media_reference, "target_url", None)
    ]


def _write_songs(job: _Job, progress: Progress | None) -> None:
    """Write the WAVs that are not there, and point every clip of those songs at them."""
    song_file = song_file_of(job.timeline)
    for number, (sound, (song, wav)) in enumerate(job.songs.items()):
        if progress:
            progress("song as WAV", number / len(job.songs))
        job.made[sound] = write_song_wav(song, wav)
    job.files += [wav.path for wav in job.made.values()]
    for clip, track in _sound_clips(job):
        needed = _sound_of(job, clip, track, song_file)
        if needed in job.made:
            _relink(clip, job.made[needed])


def _relink(clip: otio.schema.Clip, wav: SongWav) -> None:
    """Point a clip at a WAV, which counts from second 0."""
    rt, span = otio.opentime.RationalTime, otio.opentime.TimeRange
    before = clip.media_reference.available_range
    if before and before.start_time.value and clip.source_range:
        rate = media_rate(clip.source_range.start_time.rate)
        shift = float(exact_seconds(before.start_time) * rate)
        begin = clip.source_range.start_time
        clip.source_range = span(rt(begin.value - shift, begin.rate), clip.source_range.duration)
    whole = span(rt(0, SAMPLE_RATE), rt(wav.samples, SAMPLE_RATE))
    clip.media_reference = otio.schema.ExternalReference(url_of(wav.path), whole)
    clip.media_reference.name = wav.path.name


def _write_marker_list(job: _Job) -> None:
    path = job.marker_list
    if path is None:
        return
    from otio_idolsync.interchange.markers_edl import write_markers_edl

    text, losses = write_markers_edl(job.timeline, beside=True)
    write_text(path, text)
    job.files.append(path)
    job.losses += [f"in {path.name}: {loss}" for loss in losses]
