"""What a type checker sees of the public API: mypy reads this file, nothing runs it.

A wrong call that mypy no longer finds makes its ``type: ignore`` an error.
"""

from pathlib import Path

import otio_idolsync
from otio_idolsync import (
    AdoptReport,
    Analysis,
    Comparison,
    ExportReport,
    IdolsyncError,
    MediaError,
    Planned,
    RenderReport,
    ResyncReport,
    SnapReport,
    Song,
    adopt,
    analyze,
    diff,
    export,
    open_song,
    plan,
    render,
    resync,
    snap,
)
from otio_idolsync.resync.model import Cut


def right(cut: Path) -> tuple[Planned, RenderReport, ResyncReport, ExportReport, Comparison]:
    song: Song = open_song("song.wav")
    heard: Analysis = analyze(song, meter="3/4")
    assert heard.song.duration == song.duration
    planned = plan("song.wav", "shots", fps=24, size=(1920, 1080), tap="taps.txt")
    render(cut, "final.mp4", fit="fill")
    done: ResyncReport = otio_idolsync.resync("edited.xml", cut, snap="beats")
    before: Cut = done.comparison.before
    try:
        written = export(cut, "cut.xml", "premiere")
    except MediaError as error:
        raise IdolsyncError(str(error)) from error
    compared = diff(before.timeline, done.timeline)
    taken: AdoptReport = adopt("edit.xml", "song.wav", grid="song.beats")
    snapped: SnapReport = snap(cut, "beats", within="3f")
    diff(taken.timeline, snapped.timeline)
    return planned, render(cut, "final.mp4"), resync("edited.xml", cut), written, compared


def wrong() -> None:
    analyze("song.wav", nonsense=1)  # type: ignore[call-arg]
    plan("song.wav", nonsense=1)  # type: ignore[call-arg]
    plan("song.wav", energy_policy="loud")  # type: ignore[arg-type]
    plan("song.wav", seed="7")  # type: ignore[arg-type]
    render("cut.otio", "final.mp4", nonsense=1)  # type: ignore[call-arg]
    render("cut.otio", "final.mp4", fit="wide")  # type: ignore[arg-type]
    export("cut.otio", "cut.xml", "word")  # type: ignore[arg-type]
    diff(nonsense=1)  # type: ignore[call-arg]
    resync("edited.xml", "cut.otio", nonsense=1)  # type: ignore[call-arg]
    otio_idolsync.resync("edited.xml")  # type: ignore[call-arg]
    adopt("edit.xml", "song.wav", nonsense=1)  # type: ignore[call-arg]
    snap(cut="cut.otio", to="bars")  # type: ignore[arg-type]
    otio_idolsync.nonsense  # type: ignore[attr-defined]  # noqa: B018
