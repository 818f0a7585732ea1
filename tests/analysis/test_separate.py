"""Vocals that demucs separates: asked for once, kept, and refused in one sentence."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest

from otio_idolsync.analysis import separate
from otio_idolsync.analysis.analyze import analyze
from otio_idolsync.analysis.separate import find_separator
from otio_idolsync.cli import main
from otio_idolsync.errors import AnalysisError, ToolMissingError, UsageError
from otio_idolsync.media.ffmpeg import find_ffmpeg
from otio_idolsync.media.song import decode_song, open_song
from otio_idolsync.report.doctor import examine

# Follows the command line of demucs 4.1, and hears a voice in the middle third of any song.
PROGRAM = """
import argparse, pathlib, sys, wave
parser = argparse.ArgumentParser()
parser.add_argument("--two-stems")
parser.add_argument("--shifts")
parser.add_argument("-n", "--name", default="htdemucs")
parser.add_argument("--repo", type=pathlib.Path)
parser.add_argument("-o", "--out", type=pathlib.Path)
parser.add_argument("track", type=pathlib.Path)
args = parser.parse_args()
with pathlib.Path(__file__).with_name("calls").open("a") as calls:
    print(args.name, args.repo, file=calls)
if args.name == "unfetched":
    print("Traceback (most recent call last):", file=sys.stderr)
    sys.exit("URLError: <urlopen error Name or service not known>")
folder = args.out / args.name / args.track.stem
folder.mkdir(parents=True)
if args.name == "mute":
    sys.exit(0)
assert args.two_stems == "vocals"
with wave.open(str(args.track)) as song:
    about, sound = song.getparams(), song.readframes(song.getnframes())
third = len(sound) // 12 * 4
for stem, kept in (("vocals", (third, 2 * third)), ("no_vocals", (0, 0))):
    with wave.open(str(folder / f"{stem}.wav"), "wb") as out:
        out.setparams(about)
        out.writeframes(bytes(kept[0]) + sound[slice(*kept)] + bytes(len(sound) - kept[1]))
"""


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """Put a stand-in for demucs on the path; return what reads how it was called."""
    package, about = tmp_path / "site" / "demucs", tmp_path / "site" / "demucs-4.1.dist-info"
    package.mkdir(parents=True)
    about.mkdir()
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text(PROGRAM)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: demucs\nVersion: 4.1\n")
    monkeypatch.syspath_prepend(str(package.parent))
    log = package / "calls"
    return lambda: log.read_text().splitlines() if log.exists() else []


@pytest.fixture
def no_demucs(monkeypatch: pytest.MonkeyPatch) -> None:
    version = metadata.version

    def absent(package: str) -> str:
        if package == "demucs":
            raise metadata.PackageNotFoundError(package)
        return version(package)

    monkeypatch.setattr(separate.metadata, "version", absent)


def test_the_separated_stem_says_where_is_sung(beat_song: Path, calls) -> None:
    analysis = analyze(beat_song, vocals="demucs")
    assert calls() == ["htdemucs None"]
    assert analysis.backends["vocals"] == "demucs 4.1 with model htdemucs"
    assert analysis.vocals
    assert analysis.vocals[0].start == pytest.approx(8, abs=0.5)
    assert analysis.vocals[-1].end == pytest.approx(16, abs=0.5)


def test_a_song_is_separated_once_for_each_model(beat_song: Path, tmp_path: Path, calls) -> None:
    song, models = open_song(beat_song), tmp_path / "models"
    models.mkdir()
    (models / "mine.th").write_bytes(b"weights")

    def stem(given: str) -> Path:
        found = find_separator(given)
        assert found
        return found.vocal_stem(song, tmp_path / "cache")

    once = [stem("demucs"), stem("demucs:mdx"), stem(f"demucs:{models}/mine")]
    assert once == [stem("demucs:htdemucs"), stem("demucs:mdx"), stem(f"demucs:{models}/mine")]
    assert calls() == ["htdemucs None", "mdx None", f"mine {models}"]
    (models / "mine.th").write_bytes(b"better weights")
    assert stem(f"demucs:{models}/mine") not in once
    assert sorted((tmp_path / "cache" / "vocals").iterdir()) == sorted(
        [*once, stem(f"demucs:{models}/mine")]
    )


def test_demucs_gets_the_song_as_it_is_decoded_here(tmp_path: Path, calls) -> None:
    song = tmp_path / "- song.m4a"
    tone = ["-f", "lavfi", "-i", "sine=frequency=440:duration=3:sample_rate=48000"]
    subprocess.run([find_ffmpeg()[0], "-v", "error", *tone, str(song)], check=True)
    opened, found = open_song(song), find_separator("demucs")
    assert found
    heard, stem = decode_song(opened), decode_song(open_song(found.vocal_stem(opened)))
    assert abs(len(stem) - len(heard)) < 2048
    assert np.allclose(stem[60000:80000], heard[60000:80000], atol=1e-3)


@pytest.mark.parametrize(
    ("model", "reason"),
    [("unfetched", ": <urlopen error Name or service not known>"), ("mute", "status 0")],
)
def test_a_failure_of_demucs_is_its_last_line(
    model: str, reason: str, beat_song: Path, tmp_path: Path, calls
) -> None:
    with pytest.raises(AnalysisError, match="could not separate song") as failure:
        analyze(beat_song, vocals=f"demucs:{model}", cache=tmp_path / "cache")
    assert str(failure.value).endswith(reason)
    assert "Traceback" not in str(failure.value)
    assert calls() == [f"{model} None"]
    assert not list(tmp_path.glob("cache/**/*.wav"))


def test_absent_demucs_is_refused_with_its_install_command(beat_song: Path, no_demucs) -> None:
    with pytest.raises(ToolMissingError, match=r"not installed; run pip install demucs$"):
        analyze(beat_song, vocals="demucs")


def test_the_command_line_refuses_absent_demucs_with_status_1(
    beat_song: Path, tmp_path: Path, no_demucs, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "song.json"
    with pytest.raises(SystemExit) as stop:
        main(["analyze", str(beat_song), "--vocals", "demucs:mdx", "-o", str(output)])
    assert stop.value.code == 1
    assert capsys.readouterr().err.startswith("Error: vocals demucs:mdx need demucs, which is")
    assert not output.exists()


@pytest.mark.parametrize(
    ("given", "sentence"),
    [("demucs:", "name no model"), ("demucs:/no/such/mine", "is no folder of demucs models")],
)
def test_a_model_that_cannot_be_meant_is_refused(given: str, sentence: str, calls) -> None:
    with pytest.raises(UsageError, match=sentence):
        find_separator(given)


def test_a_file_named_demucs_is_a_stem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("demucs").write_bytes(b"stem")
    assert find_separator("demucs") is None
    assert find_separator(tmp_path / "stem.wav") is None
    assert find_separator(None) is None


@pytest.mark.parametrize("installed", [True, False])
def test_doctor_states_the_licences_of_demucs(
    installed: bool, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue("calls" if installed else "no_demucs")
    row = next(f for f in examine() if f.part == "separator: demucs")
    assert row.ok == installed
    assert not row.needed
    assert "code MIT, weights for research only" in row.detail
    assert ("pip install" in row.detail) != installed


SAVE_MODEL = """
import sys, torch
from demucs.htdemucs import HTDemucs
torch.manual_seed(1)
asked = dict(sources=["drums", "bass", "other", "vocals"], channels=8, nfft=1024, depth=3,
             t_layers=1, t_heads=2, segment=4)
model = HTDemucs(**asked)
kept = {"klass": HTDemucs, "args": (), "kwargs": asked, "state": model.state_dict()}
torch.save(kept, sys.argv[1])
"""


@pytest.mark.skipif(
    importlib.util.find_spec("demucs") is None,
    reason="demucs is not installed: pip install demucs",
)
def test_demucs_itself_separates_with_a_model_of_the_users(beat_song: Path, tmp_path: Path) -> None:
    models = tmp_path / "my models"
    models.mkdir()
    one_thread = os.environ | {"OMP_NUM_THREADS": "1"}
    argv = [sys.executable, "-c", SAVE_MODEL, str(models / "tiny.th")]
    subprocess.run(argv, check=True, env=one_thread)
    song, found = open_song(beat_song), find_separator(f"demucs:{models}/tiny")
    assert found
    stems = [open_song(found.vocal_stem(song, tmp_path / cache)) for cache in ("one", "two")]
    assert stems[0].sha256 == stems[1].sha256 != song.sha256
    assert stems[0].duration == pytest.approx(song.duration, abs=0.001)
    analysis = analyze(beat_song, vocals=f"demucs:{models}/tiny", cache=tmp_path / "one")
    assert analysis.backends["vocals"] == f"demucs {metadata.version('demucs')} with model tiny"
    with pytest.raises(AnalysisError, match="could not separate song"):
        analyze(beat_song, vocals=f"demucs:{models}/other")
