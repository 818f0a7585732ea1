"""Grids as Audacity labels and as markers of a timeline."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from otio_idolsync.analysis.gridfiles import read_grid
from otio_idolsync.analysis.labels import Label, placed_labels
from otio_idolsync.analysis.model import BeatGrid
from otio_idolsync.errors import AnalysisError

FRAME = 24
EMPTY = {"OTIO_SCHEMA": "Timeline.1"}


def audacity(folder: Path, *rows: tuple[float, float, str], extra: str = "") -> Path:
    path = folder / "labels.txt"
    path.write_text("".join(f"{a:.6f}\t{b:.6f}\t{text}\n{extra}" for a, b, text in rows))
    return path


def grid(path: Path) -> BeatGrid:
    found = read_grid(path)
    assert isinstance(found, BeatGrid)
    return found


def labelled(folder: Path, *texts: str) -> BeatGrid:
    return grid(audacity(folder, *((0.5 * k, 0.5 * k, text) for k, text in enumerate(texts))))


@pytest.mark.parametrize(
    ("texts", "places"),
    [
        ("1 2 3 1 2 3", [1, 2, 3, 1, 2, 3]),
        ("0.3 1 1.2 1.3 2 2.2", [3, 1, 2, 3, 1, 2]),
        ("x 1 x x x 1 x x x x x x x", [4, 1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4]),
        ("b b downbeat b b downbeat b b b", [2, 3, 1, 2, 3, 1, 2, 3, 1]),
        ("B B B B B B", [1, 2, 3, 4, 1, 2]),
        (" ".join(str(k + 1) for k in range(15)), [k % 4 + 1 for k in range(15)]),
        ("1 2 verse 3 1 2 chorus 3", [1, 2, 3, 1, 2, 3]),
    ],
    ids=["places", "names", "bar starts", "words", "any label", "a count", "notes between"],
)
def test_labels_of_audacity_say_places_in_the_bar(
    texts: str, places: list[int], tmp_path: Path
) -> None:
    assert labelled(tmp_path, *texts.split()).numbers.tolist() == places


def test_labels_that_span_count_from_their_start_and_spectral_rows_are_no_labels(
    tmp_path: Path,
) -> None:
    rows = [(1.0, 1.4, "1"), (0.5, 0.9, "4"), (1.5, 1.9, "2")]
    found = grid(audacity(tmp_path, *rows, extra="\\\t100.0\t2000.0\n"))
    assert found.beats.tolist() == [0.5, 1.0, 1.5]
    assert found.numbers.tolist() == [4, 1, 2]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([(0.5, 0.5, "1"), (0.5, 0.5, "2")], "two beats at 0.5 s"),
        ([(0.5, 0.5, "1")], "has 1 beats"),
        ([(0.5, 0.5, "1"), (2.5, 2.5, "1")], "marks where bars start and no other beat"),
        ([(0.5, 0.5, "2"), (1.5, 1.5, "3")], "has no downbeat"),
    ],
)
def test_labels_that_make_no_grid_are_refused(
    rows: list[tuple[float, float, str]], said: str, tmp_path: Path
) -> None:
    with pytest.raises(AnalysisError, match=said):
        read_grid(audacity(tmp_path, *rows))


def test_a_broken_label_line_is_named(tmp_path: Path) -> None:
    path = audacity(tmp_path, (0.5, 0.5, "1"), (1.0, 1.0, "2"))
    path.write_text(path.read_text() + "1.5 2\n")
    with pytest.raises(AnalysisError, match=r"line 3: '1\.5 2' is no label"):
        read_grid(path)


def test_numbers_that_count_up_are_bars_only_where_that_is_meant() -> None:
    labels = [Label(float(k), str(k + 1)) for k in range(20)]
    assert {place for _, place in placed_labels(labels)} == {None}
    assert {place for _, place in placed_labels(labels, bars=True)} == {1}


def marker(
    value: float, name: str = "", color: object = "RED", block: dict[str, Any] | None = None
) -> dict[str, Any]:
    start = {"OTIO_SCHEMA": "RationalTime.1", "rate": FRAME, "value": value}
    metadata = {"idolsync": block} if block else {}
    return {
        "OTIO_SCHEMA": "Marker.2", "name": name, "color": color, "metadata": metadata,
        "marked_range": {"start_time": start},
    }  # fmt: skip


def own(index: int, value: float | None = None) -> dict[str, Any]:
    """Return the marker of one of our beats, 0.35 s apart, maybe moved to another frame."""
    time, (bar, beat) = 0.35 * index, (index // 4 + 1, index % 4 + 1)
    block = {"kind": "beat" if beat > 1 else "downbeat", "bar": bar, "beat": beat, "time": time}
    return marker(round(time * FRAME) if value is None else value, "renamed", "PINK", block)


def timeline(folder: Path, markers: list[dict[str, Any]], *children: dict[str, Any]) -> Path:
    path = folder / "marked.otio"
    stack = {"OTIO_SCHEMA": "Stack.1", "markers": markers, "children": list(children)}
    path.write_text(json.dumps({"OTIO_SCHEMA": "Timeline.1", "tracks": stack}))
    return path


def test_our_markers_have_their_exact_time_until_somebody_moves_them(tmp_path: Path) -> None:
    marks = [own(k) for k in range(6)] + [marker(1, "chorus", "GREEN"), marker(9, "pin")]
    marks[3] = own(3, 30)
    found = grid(timeline(tmp_path, marks))
    assert np.allclose(found.beats, [0, 0.35, 0.7, 30 / FRAME, 1.4, 1.75])
    assert found.numbers.tolist() == [1, 2, 3, 4, 1, 2]


def test_an_editor_adds_a_beat_to_ours_by_its_name(tmp_path: Path) -> None:
    found = grid(timeline(tmp_path, [*(own(k) for k in range(4)), marker(36, "2")]))
    assert found.beats[-1] == 1.5
    assert found.numbers.tolist() == [1, 2, 3, 4, 1]


@pytest.mark.parametrize(
    "marks",
    [
        [marker(12 * k, f"{k // 3 + 1}.{k % 3 + 1}") for k in range(5)] + [marker(5, "a note")],
        [marker(12 * k, "", "BLUE" if k % 3 else "GREEN") for k in range(5)] + [marker(5)],
        [marker(12 * k, "", {"name": "Blue" if k % 3 else "Green"}) for k in range(5)],
    ],
    ids=["names", "colours", "colour objects"],
)
def test_anyones_markers_are_beats_by_name_or_colour(
    marks: list[dict[str, Any]], tmp_path: Path
) -> None:
    found = grid(timeline(tmp_path, marks))
    assert found.beats.tolist() == [0, 0.5, 1, 1.5, 2]
    assert found.numbers.tolist() == [1, 2, 3, 1, 2]


def test_markers_that_say_nothing_are_all_beats(tmp_path: Path) -> None:
    found = grid(timeline(tmp_path, [marker(12 * k, "tap") for k in range(5)]))
    assert found.numbers.tolist() == [1, 2, 3, 4, 1]


def test_markers_count_from_where_the_song_starts(tmp_path: Path) -> None:
    def span(start: float, length: float) -> dict[str, Any]:
        return {
            "start_time": {"rate": FRAME, "value": start},
            "duration": {"rate": FRAME, "value": length},
        }

    gap = {"OTIO_SCHEMA": "Gap.1", "source_range": span(0, 48)}
    media = {"available_range": span(240, 960)}
    song = {
        "OTIO_SCHEMA": "Clip.2", "source_range": span(252, 900), "media_references": {"X": media},
        "active_media_reference_key": "X", "markers": [marker(240 + 72, "2")],
    }  # fmt: skip
    track = {"kind": "Audio", "children": [gap, song]}
    marks = [marker(48 + 12 * k, f"1.{k + 1}") for k in range(4)]
    found = grid(timeline(tmp_path, marks, track))
    assert found.beats.tolist() == [0.5, 1.0, 1.5, 2.0, 3.0]


@pytest.mark.parametrize(
    ("held", "said"),
    [
        ({"OTIO_SCHEMA": "Clip.2"}, "holds 0 timelines"),
        ({"OTIO_SCHEMA": "SerializableCollection.1", "children": [EMPTY] * 2}, "holds 2 timelines"),
        (EMPTY, "damaged timeline"),
        ({**EMPTY, "tracks": {"markers": [{}]}}, "damaged timeline"),
        ({**EMPTY, "tracks": {"markers": [marker(1)]}}, "has 1 markers and 1"),
        ({**EMPTY, "tracks": {}}, "has 0 markers"),
        ({**EMPTY, "tracks": {"markers": [{**own(1), "marked_range": None}]}}, "damaged timeline"),
        ({**EMPTY, "tracks": {"markers": [marker(1, block={"kind": "beat"})]}}, "damaged timeline"),
    ],
)  # fmt: skip
def test_a_file_without_marked_beats_is_refused(
    held: dict[str, Any], said: str, tmp_path: Path
) -> None:
    path = tmp_path / "x.otio"
    path.write_text(json.dumps(held))
    with pytest.raises(AnalysisError, match=said):
        read_grid(path)
