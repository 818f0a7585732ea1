"""Read a beat grid that somebody made elsewhere: ``.beats`` text, MIDI tempo map, our analysis."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from otio_idolsync.analysis.midi import read_midi
from otio_idolsync.analysis.model import Analysis, BeatGrid
from otio_idolsync.errors import AnalysisError
from otio_idolsync.media.song import existing_file


def read_grid(path: Path | str) -> BeatGrid | Analysis:
    """Return the grid in a file; of an analysis file, the whole analysis.

    Raises:
        MediaError: The file is missing or empty.
        AnalysisError: It holds no grid; the sentence says where it went wrong.
    """
    source = existing_file(path, "grid file")
    data = source.read_bytes()
    if data[:4] == b"MThd":
        return read_midi(data, source)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise AnalysisError(
            f"grid {source} is neither text nor MIDI; give a .beats, .mid or analysis .json file"
        ) from error
    if text.lstrip().startswith("{"):
        return _read_analysis(text, source)
    return _read_beats(text, source)


def _read_analysis(text: str, source: Path) -> Analysis:
    try:
        return Analysis.from_json(json.loads(text))
    except json.JSONDecodeError as error:
        raise AnalysisError(
            f"grid {source} is no whole JSON: {error.msg} in line {error.lineno}"
        ) from error
    except AnalysisError as error:
        raise AnalysisError(f"grid {source}: {error}") from error


def _read_beats(text: str, source: Path) -> BeatGrid:
    """Lines of ``time[<tab or space>beat-in-bar]``; empty lines and ``#`` comments are skipped."""
    times: list[float] = []
    numbers: list[int] = []
    numbered: bool | None = None
    for line, raw in enumerate(text.splitlines(), 1):
        words = raw.partition("#")[0].split()
        if not words:
            continue
        time, number = _beat(words, line, source)
        if numbered is not None and numbered != (number is not None):
            raise AnalysisError(
                f"grid {source}, line {line}: some lines have a beat number and some have none"
            )
        numbered = number is not None
        if times and time <= times[-1]:
            raise AnalysisError(
                f"grid {source}, line {line}: {time:g} s does not come after {times[-1]:g} s; "
                "beat times must rise"
            )
        times.append(time)
        numbers.append(number or len(times[1:]) % 4 + 1)
    if len(times) < 2:
        raise AnalysisError(f"grid {source} has {len(times)} beats; at least 2 are needed")
    if 1 not in numbers:
        raise AnalysisError(f"grid {source} has no downbeat: no line has beat number 1")
    return BeatGrid(np.array(times), np.array(numbers, np.int64), np.ones(len(times)))


def _beat(words: list[str], line: int, source: Path) -> tuple[float, int | None]:
    try:
        time = float(words[0])
        number = int(words[1]) if len(words) > 1 else None
    except ValueError as error:
        raise AnalysisError(
            f"grid {source}, line {line}: {' '.join(words)!r} is no beat; write seconds and, after "
            "a tab, the beat's place in the bar"
        ) from error
    if not np.isfinite(time) or abs(time) > 360000 or (number is not None and number < 1):
        raise AnalysisError(
            f"grid {source}, line {line}: {' '.join(words)!r} is no beat; times are seconds and "
            "beats count from 1"
        )
    return time, number
