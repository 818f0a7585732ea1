"""The package as installed: light to import, whole, and found by OTIO."""

from __future__ import annotations

import ast
import inspect
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import opentimelineio as otio
import pytest

import otio_idolsync
from otio_idolsync.schemas import load_schema

ROOT = Path(__file__).parents[1]
HEAVY = {"numpy", "torch", "librosa", "click", "av", "scipy", "PIL", "opentimelineio", "ffmpeg"}
ORDER = [
    "media",
    "cut",
    "analysis",
    "library",
    "lipsync",
    "planning",
    "interchange",
    "resync",
    "rendering",
    "report",
]


def modules_after(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(*{{m.split('.')[0] for m in sys.modules}})"
    run = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True
    )
    return set(run.stdout.split())


def test_importing_the_package_imports_nothing_heavy() -> None:
    assert not modules_after("import otio_idolsync, otio_idolsync.adapters") & HEAVY


def test_the_command_line_starts_without_the_library() -> None:
    loaded = modules_after("import otio_idolsync.cli.plan, otio_idolsync.cli.render")
    assert not loaded & (HEAVY - {"click"})


def test_otio_finds_the_adapters_without_environment_variables() -> None:
    env = {k: v for k, v in os.environ.items() if not k.startswith("OTIO_")}
    code = "import opentimelineio as o; print(*o.adapters.available_adapter_names())"
    run = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, env=env, check=False
    )
    assert {"idolsync_song", "idolsync_sync", "idolsync_conform"} <= set(run.stdout.split())


def test_no_adapter_claims_a_suffix_that_belongs_to_others() -> None:
    for adapter in otio.plugins.ActiveManifest().adapters:
        if adapter.name.startswith("idolsync_"):
            assert not {"xml", "fcpxml", "edl", "otio"} & set(adapter.suffixes)


def test_every_adapter_has_a_first_line_for_otiopluginfo() -> None:
    shims = set((ROOT / "adapters").glob("*.py")) - {ROOT / "adapters" / "__init__.py"}
    assert len(shims) > 3
    for shim in shims:
        docstring = ast.get_docstring(ast.parse(shim.read_text()))
        assert docstring
        assert docstring.splitlines()[0].endswith(".")


def test_the_package_list_names_every_package() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    listed = set(settings["packages"])
    found = {
        ".".join(p.parent.relative_to(ROOT).parts)
        for p in (ROOT / "otio_idolsync").rglob("__init__.py")
    } | {f"otio_idolsync.{f}" for f in ("adapters", "cli", "sample_projects")}
    assert listed == found


def test_the_public_api_is_there_and_listed() -> None:
    assert set(otio_idolsync.__all__) <= set(dir(otio_idolsync))
    for name in otio_idolsync.__all__:
        assert getattr(otio_idolsync, name)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = otio_idolsync.nonsense


def test_every_error_of_ours_is_public() -> None:
    errors = {
        n for n, v in vars(otio_idolsync.errors).items() if inspect.isclass(v) and n != "Path"
    }
    assert {"IdolsyncError", "MediaError"} <= errors <= set(otio_idolsync.__all__)


def test_resync_is_a_function_however_it_is_imported() -> None:
    import otio_idolsync.resync.model as model
    from otio_idolsync import resync
    from otio_idolsync.resync.run import resync as function

    assert model.Cut
    assert callable(resync)
    assert inspect.signature(resync) == inspect.signature(function)
    with pytest.raises(TypeError, match="nonsense"):
        resync("a.xml", "b.otio", nonsense=1)


def imported_folders(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return {n.split(".")[1] for n in names if n.startswith("otio_idolsync.")}


@pytest.mark.parametrize("folder", ORDER)
def test_a_folder_imports_only_from_folders_to_its_left(folder: str) -> None:
    files = list((ROOT / "otio_idolsync" / folder).rglob("*.py"))
    assert files
    allowed = set(ORDER[: ORDER.index(folder) + 1]) | {"errors", "options", "timebase", "media"}
    for file in files:
        assert imported_folders(file) <= allowed, file


def test_modules_stay_small() -> None:
    files = [f for d in ("otio_idolsync", "adapters", "cli") for f in (ROOT / d).rglob("*.py")]
    assert files
    assert {f.name: n for f in files if (n := len(f.read_text().splitlines())) > 400} == {}


TIME_WORDS = frozenset(
    "second seconds frame frames rate start time duration first end at begin head tail offset "
    "length lasts source position record sample samples step".split()
)
ROUNDING = frozenset(("round", "floor", "ceil", "trunc"))
PIXELS = frozenset(("width", "height"))


def words_of(node: ast.AST) -> set[str]:
    """The words that the names in an expression are made of."""
    names = [
        part.id if isinstance(part, ast.Name) else part.attr
        for part in ast.walk(node)
        if isinstance(part, ast.Name | ast.Attribute)
    ]
    return {word for name in names for word in name.lower().split("_")}


def rounds_time(node: ast.AST) -> bool:
    """Whether an expression makes whole frames or samples of a time."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.FloorDiv):
        rounded: ast.AST = node
    elif isinstance(node, ast.Call):
        called = node.func
        name = getattr(called, "id", None) or getattr(called, "attr", "")
        if name in ("from_seconds", "to_frames"):
            return True
        if len(node.args) != 1 or not (
            name in ROUNDING or (name == "int" and isinstance(node.args[0], ast.BinOp))
        ):
            return False
        rounded = node.args[0]
    else:
        return False
    words = words_of(rounded)
    return bool(words & TIME_WORDS) and not words & PIXELS


@pytest.mark.parametrize("folder", ["cut", "interchange", "resync", "rendering"])
def test_only_timebase_rounds_time(folder: str) -> None:
    found = [
        f"{file.name}:{node.lineno}: {ast.unparse(node)}"
        for file in sorted((ROOT / "otio_idolsync" / folder).rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text()))
        if rounds_time(node)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("text", "rounds"),
    [("round(x.seconds * rate)", True), ("start // 2", True), ("int(end - begin)", True),
     ("math.floor(first)", True), ("t.to_frames()", True), ("t.from_seconds(x)", True),
     ("int(text)", False), ("frame.width // 2", False), ("round(level)", False)],
)  # fmt: skip
def test_rounding_is_told_by_what_is_rounded(text: str, rounds: bool) -> None:
    assert any(map(rounds_time, ast.walk(ast.parse(text)))) is rounds


def test_our_metadata_key_is_spelled_in_one_place() -> None:
    spelled = {
        str(file.relative_to(ROOT))
        for folder in ("otio_idolsync", "adapters", "cli")
        for file in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Constant) and node.value == "idolsync"
    }
    others = {  # the command, its folders and a backend are called so, too
        "otio_idolsync/analysis/backends.py", "otio_idolsync/media/cache.py", "cli/__init__.py",
        "otio_idolsync/lipsync/recipe.py", "otio_idolsync/interchange/fcpxml/write.py",
    }  # fmt: skip
    assert spelled - others == {"otio_idolsync/cut/blocks.py"}


@pytest.mark.parametrize(
    "kind",
    [
        "adopt",
        "analysis",
        "clip",
        "cues",
        "export",
        "marker",
        "render",
        "resync",
        "snap",
        "sync",
        "timeline",
    ],
)
def test_every_schema_is_itself_valid(kind: str) -> None:
    import jsonschema

    schema = load_schema(kind)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"idolsync.{kind}/1"
