"""Grids that somebody made elsewhere."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest

from otio_idolsync.analysis.gridfiles import read_grid
from otio_idolsync.analysis.model import Analysis, BeatGrid
from otio_idolsync.errors import AnalysisError, MediaError

ANALYSIS = {
    "schema": "idolsync.analysis/1",
    "song": {
        "path": "/s.wav", "sha256": "0" * 64, "duration": 4.0, "sample_rate": 8000,
        "channels": 1,
    },
    "beats": [0.0, 0.5, 1.0],
    "beat_numbers": [1, 2, 1],
    "energy": {"hop": 0.1, "values": [0.5]},
    "events": [{"kind": "drop", "start": 0.0, "end": 1.0, "strength": 0.5}],
    "sections": [],
    "vocals": [],
    "backends": {"beats": "hand"},
}  # fmt: skip


def write(folder: Path, text: str, name: str = "song.beats") -> Path:
    path = folder / name
    path.write_text(text)
    return path


@pytest.mark.parametrize("gap", ["\t", " ", "   "])
def test_beats_text_gives_times_and_places(gap: str, tmp_path: Path) -> None:
    lines = "\n".join(f"{0.1 + k * 0.5}{gap}{(k + 1) % 3 + 1}" for k in range(7))
    found = read_grid(write(tmp_path, f"# by hand\n\n{lines}\n"))
    assert isinstance(found, BeatGrid)
    assert found.beats[0] == 0.1
    assert found.numbers.tolist() == [2, 3, 1, 2, 3, 1, 2]


def test_beats_without_places_are_bars_of_four(tmp_path: Path) -> None:
    found = read_grid(write(tmp_path, "\n".join(f"{k * 0.5}" for k in range(6))))
    assert isinstance(found, BeatGrid)
    assert found.numbers.tolist() == [1, 2, 3, 4, 1, 2]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0.5 1\nhello\n", "line 2: 'hello' is no beat"),
        ("0.5 1\n1.0 two\n", "line 2"),
        ("0.5 1\n0.4 2\n", "line 2: 0.4 s does not come after 0.5 s"),
        ("0.5 1\n1.0\n", "line 2: some lines have a beat number"),
        ("0.5 1\nnan 2\n", "line 2"),
        ("0.5 0\n1 1\n", "line 1"),
        ("0.5 1\n", "has 1 beats; at least 2"),
        ("0.5 2\n1.0 3\n", "has no downbeat"),
        ("# nothing\n", "has 0 beats"),
        ('{"schema": "idolsync.analysis/1"', "song.beats is no JSON"),
        ('{"schema": "idolsync.cues/1"}', "this is no analysis"),
        ('{"schema": "idolsync.analysis/7"}', "version 7 is newer"),
        ('{"schema": "idolsync.analysis/1"}', "missing or wrong field"),
    ],
)
def test_a_bad_grid_is_refused_where_it_goes_wrong(text: str, said: str, tmp_path: Path) -> None:
    path = write(tmp_path, text)
    with pytest.raises(AnalysisError, match=said) as refusal:
        read_grid(path)
    assert str(path) in str(refusal.value)


def test_a_missing_grid_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"grid file .*none\.beats does not exist"):
        read_grid(tmp_path / "none.beats")


def test_bytes_that_are_no_grid_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.beats"
    path.write_bytes(bytes([0xFF, 0xD8, 0xFF, 0xE0]) * 9)
    with pytest.raises(AnalysisError, match="neither text nor MIDI"):
        read_grid(path)


def midi(*events: tuple[int, bytes], ticks: int = 480) -> bytes:
    """Return a format-0 file; each event has its delta in ticks."""
    body = b"".join(number(delta) + event for delta, event in events) + b"\x00\xff\x2f\x00"
    head = struct.pack(">4sIHHH", b"MThd", 6, 0, 1, ticks)
    return head + struct.pack(">4sI", b"MTrk", len(body)) + body


def number(value: int) -> bytes:
    out = [value & 0x7F]
    while value := value >> 7:
        out.append(value & 0x7F | 0x80)
    return bytes(reversed(out))


def tempo(bpm: float) -> bytes:
    return b"\xff\x51\x03" + round(60e6 / bpm).to_bytes(3, "big")


def meter(above: int, below: int) -> bytes:
    return b"\xff\x58\x04" + bytes([above, below.bit_length() - 1, 24, 8])


def read_midi_bytes(folder: Path, data: bytes) -> BeatGrid:
    path = folder / "map.mid"
    path.write_bytes(data)
    found = read_grid(path)
    assert isinstance(found, BeatGrid)
    return found


def test_midi_tempo_changes_move_the_beats_after_them(tmp_path: Path) -> None:
    data = midi(
        (0, tempo(120)), (0, meter(4, 4)), (0, b"\x90\x3c\x40"), (1920, b"\x80\x3c\x00"),
        (0, tempo(60)), (0, b"\x90\x3c\x40"), (1920, b"\x3c\x00"),
    )  # fmt: skip
    found = read_midi_bytes(tmp_path, data)
    assert np.allclose(found.beats, [0, 0.5, 1, 1.5, 2, 3, 4, 5, 6])
    assert found.numbers.tolist() == [1, 2, 3, 4, 1, 2, 3, 4, 1]


def test_midi_meter_changes_start_a_bar(tmp_path: Path) -> None:
    data = midi((0, tempo(120)), (0, meter(3, 4)), (1440, meter(6, 8)), (1440, tempo(120)))
    found = read_midi_bytes(tmp_path, data)
    assert found.numbers.tolist() == [1, 2, 3, 1, 2, 1]
    assert np.allclose(np.diff(found.beats), [0.5, 0.5, 0.5, 0.75, 0.75])


@pytest.mark.parametrize("keep", range(4, 60, 7))
def test_a_cut_midi_file_is_refused(keep: int, tmp_path: Path) -> None:
    data = midi((0, tempo(120)), (0, meter(4, 4)), *[(480, b"\x90\x3c\x40")] * 8)
    path = tmp_path / "map.mid"
    path.write_bytes(data[:keep])
    with pytest.raises(AnalysisError, match=r"map\.mid"):
        read_grid(path)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("backends", []),
        ("energy", []),
        ("energy", {"hop": 0, "values": [0.5]}),
        ("energy", {"hop": 0.1, "values": []}),
        ("beats", [0.5, 0.0, 1.0]),
        ("beats", "none"),
        ("beat_numbers", [1]),
        ("events", [{"kind": "drop"}]),
        ("song", None),
    ],
)
def test_an_analysis_with_a_wrong_field_is_refused(
    field: str, value: object, tmp_path: Path
) -> None:
    path = write(tmp_path, json.dumps({**ANALYSIS, field: value}), "a.json")
    with pytest.raises(AnalysisError, match=r"a\.json: "):
        read_grid(path)


def test_an_analysis_file_is_read_whole(tmp_path: Path) -> None:
    found = read_grid(write(tmp_path, json.dumps(ANALYSIS), "a.json"))
    assert isinstance(found, Analysis)
    assert found.events[0].kind == "drop"
    assert found.song.samples == 32000
