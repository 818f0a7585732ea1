"""Pacing profiles: what ships, what a user may write, and what each mistake says."""

from __future__ import annotations

import re
import tomllib
from importlib import resources
from pathlib import Path

import pytest

from otio_idolsync.errors import UsageError
from otio_idolsync.planning.pacing import (
    PACING_KEYS,
    PROFILES,
    SECTION_KINDS,
    load_pacing,
    section_kind,
)

DOCS = Path(__file__).parents[2] / "docs"


def test_shipped_profiles_are_the_documented_ones_and_complete() -> None:
    folder = resources.files("otio_idolsync.planning.profiles")
    shipped = {p.name.removesuffix(".toml") for p in folder.iterdir() if p.name.endswith(".toml")}
    assert shipped == set(PROFILES)
    for name in PROFILES:
        raw = tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))
        assert set(_dotted(raw)) == set(PACING_KEYS) - {"extends"}
        pacing = load_pacing(name)
        assert pacing.name == name
        assert pacing.summary
        assert set(pacing.sections) == set(SECTION_KINDS)


def _dotted(raw: dict[str, object], prefix: str = "") -> list[str]:
    found: list[str] = []
    for key, value in raw.items():
        found += _dotted(value, f"{prefix}{key}.") if isinstance(value, dict) else [prefix + key]
    return found


def test_documented_keys_are_the_accepted_keys() -> None:
    text = (DOCS / "pacing.md").read_text(encoding="utf-8")
    keys = text.partition("## Keys")[2]
    documented = set(re.findall(r"^\| `([a-z_.<>]+)` \|", keys, re.MULTILINE))
    accepted = {re.sub(r"^sections\.\w+", "sections.<kind>", key) for key in PACING_KEYS}
    assert documented == accepted
    assert all(f"`{kind}`" in text for kind in SECTION_KINDS)


def test_the_documented_example_is_a_profile(tmp_path: Path) -> None:
    text = (DOCS / "pacing.md").read_text(encoding="utf-8")
    example = re.search(r"```toml\n(.*?)```", text, re.DOTALL)
    assert example
    path = tmp_path / "mine.toml"
    path.write_text(example[1], encoding="utf-8")
    assert load_pacing(str(path)).name == "mine"


def test_an_own_file_inherits_what_it_leaves_out(tmp_path: Path) -> None:
    path = tmp_path / "slow.toml"
    path.write_text(
        'extends = "ballad"\nvariety = 0\n[sections.chorus]\nmin = 2\nmax = 6\ntarget = 5\n'
    )
    pacing, ballad = load_pacing(str(path)), load_pacing("ballad")
    assert pacing.sections["chorus"].max == 6
    assert pacing.variety == 0
    assert pacing.sections["verse"] == ballad.sections["verse"]
    assert pacing.max_seconds == ballad.max_seconds
    path.write_text("")
    assert load_pacing(str(path)).sections == load_pacing("pop").sections


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tempo = 3", r"p\.toml: key 'tempo' is unknown; there are builds, energy, extends,"),
        ("[landing]\nupbeat = 1", r"'landing\.upbeat' is unknown; there are beat, downbeat, half"),
        ("[sections.hook]\nmin = 1", r"'sections\.hook' is unknown; there are break, bridge,"),
        ("[sections.verse]\nmin = 4.5", r"sections\.verse\.min = 4\.5 must be a whole number"),
        ("[sections.verse]\nmin = 9", r"sections\.verse: min 9 and max 8 beats must rise"),
        ("[sections.verse]\nmin = 0", r"sections\.verse: min 0 and max 8 beats must rise from 1"),
        ("[sections.verse]\ntarget = 20", r"sections\.verse: target 20 is outside its 4 to 8"),
        ("sections = 3", r"key 'sections' is unknown|sections = 3 must be"),
        ("variety = 'much'", r"variety = 'much' must be a number"),
        ("variety = true", r"variety = True must be a number"),
        ("variety = 2", r"variety = 2 is outside 0 to 1"),
        ("variety = nan", r"variety = nan is outside 0 to 1"),
        ("max_seconds = 0.2", r"min_seconds 0\.7 must be below max_seconds 0\.2"),
        ("[hold]\nstretch = 1.2", r"hold\.stretch = 1\.2 is outside 1\.5 to 8"),
        ("[builds]\naccelerate = 1", r"builds\.accelerate = 1 must be true or false"),
        ("[landing]\nbeat = -1", r"landing\.beat = -1 is outside 0 to 1"),
        ("extends = 'rock'", r"extends = 'rock' names no profile; there are ballad, pop, dance"),
        ("[energy]\ncalm = 9", r"energy\.calm = 9 is outside 0\.25 to 4"),
        ("variety =", r"is no readable TOML"),
    ],
)
def test_a_mistake_in_a_file_names_the_file_and_the_key(
    text: str, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "p.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=message) as caught:
        load_pacing(str(path))
    assert "p.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_profile_lists_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"'rock' is neither a profile \(ballad, pop, dance, hype"):
        load_pacing("rock")
    with pytest.raises(UsageError, match="nor a file"):
        load_pacing(str(tmp_path))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("chorus", "chorus"),
        ("Chorus 2", "chorus"),
        ("pre-chorus", "build"),
        ("drop", "chorus"),
        ("solo", "bridge"),
        ("", "default"),
        ("something", "default"),
    ],
)
def test_sections_pace_by_their_kind(name: str, kind: str) -> None:
    assert section_kind(name) == kind
    assert load_pacing().pace(name) == load_pacing().sections[kind]
