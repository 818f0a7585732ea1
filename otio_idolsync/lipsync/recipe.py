"""Recipes: how a local lip-sync tool is called, as a TOML file that only its user can write.

A timeline names a recipe and may fill in the params that the recipe lists; programs, folders and
models stand in the recipe alone. Nothing that comes with a timeline can choose what is run.
"""

from __future__ import annotations

import hashlib
import os
import re
import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import platformdirs

from otio_idolsync.errors import LipsyncError, UsageError
from otio_idolsync.timebase import asked_rate

RECIPE_SCHEMA = "idolsync.lipsync-recipe/1"
BUILT_IN = frozenset(
    {"face", "audio", "output", "work", "frames", "fps", "width", "height", "seed"}
)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_KEYS: dict[str, type | tuple[type, ...]] = {
    "schema": str, "about": str, "args": list, "cwd": str, "env": dict, "fps": (int, float, str),
    "length": str, "extra_seconds": (int, float), "output": str, "timeout": (int, float),
    "models": list, "params": dict,
}  # fmt: skip

Length = Literal["exact", "trim"]
Value = str | int | float


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to call a tool.

    Attributes:
        name: The file's stem.
        args: Program and arguments with ``{placeholders}``; never seen by a shell.
        cwd: Working folder, "" for the job's temporary one.
        env: Variables that are added to the environment.
        fps: Frames per second that the tool works at; None for those of the job.
        length: ``exact``: the tool returns exactly the frames it was given; ``trim``: it may
            return more, which are cut off.
        extra_seconds: Song and face given to the tool beyond the shot, to be trimmed.
        output: File or glob that the tool writes, with placeholders.
        timeout: Seconds.
        models: Files whose contents decide the result.
        params: What a timeline may fill in, with defaults.
        digest: sha256 of the recipe's text.
    """

    name: str
    args: tuple[str, ...]
    cwd: str
    env: Mapping[str, str]
    fps: Fraction | None
    length: Length
    extra_seconds: float
    output: str
    timeout: float
    models: tuple[str, ...]
    params: Mapping[str, Value]
    digest: str

    def filled(self, text: str, values: Mapping[str, Value]) -> str:
        """Return a text of the recipe with its placeholders filled in.

        ``{env:NAME}`` is an environment variable.

        Raises:
            LipsyncError: A variable is not set.
        """
        parts = []
        for literal, name, spec, _ in string.Formatter().parse(text):
            parts.append(literal)
            if name == "env":
                if not os.environ.get(spec or ""):
                    raise LipsyncError(
                        f"lip-sync recipe {self.name} needs the environment variable {spec}; "
                        "set it, or copy the recipe and write the path into it"
                    )
                parts.append(os.environ[spec or ""])
            elif name is not None:
                parts.append(str(values[name]))
        return "".join(parts)

    def chosen(self, given: Mapping[str, Any]) -> dict[str, Value]:
        """Return the values of the recipe's params: a timeline's, else the defaults.

        Raises:
            LipsyncError: A param that the recipe does not list, or of another type, or a text
                that a program could take for an option.
        """
        values = dict(self.params)
        for name, value in given.items():
            if name not in values:
                known = ", ".join(values) or "none"
                raise LipsyncError(
                    f"lip-sync recipe {self.name} has no param {name!r}; it takes {known}"
                )
            values[name] = self._fitting(name, value, type(values[name]))
        return values

    def _fitting(self, name: str, value: Any, wanted: type[Value]) -> Value:
        if wanted is float and type(value) is int:
            return float(value)
        where = f"lip-sync recipe {self.name}: {name} = {value!r}"
        if type(value) is not wanted:
            raise LipsyncError(f"{where} should be a {wanted.__name__}")
        if isinstance(value, str) and (value.startswith("-") or not value.isprintable()):
            raise LipsyncError(f"{where} could be taken for an option")
        return value


def recipe_folder() -> Path:
    """Return where a user's own recipes are: ``$IDOLSYNC_RECIPES``, else the user's settings."""
    named = os.environ.get("IDOLSYNC_RECIPES")
    return Path(named) if named else Path(platformdirs.user_config_dir("idolsync")) / "recipes"


def recipe_names() -> list[str]:
    """Return the names of all recipes: ours and the user's."""
    folder = recipe_folder()
    own = [p.name for p in folder.glob("*.toml")] if folder.is_dir() else []
    ours = [p.name for p in resources.files(__package__).joinpath("recipes").iterdir()]
    return sorted({name.removesuffix(".toml") for name in (*own, *ours) if name.endswith(".toml")})


def find_recipe(name: object) -> Recipe:
    """Return a recipe by name; the user's own goes before one of ours.

    Raises:
        LipsyncError: There is none of that name, or it is wrong.
    """
    if isinstance(name, str) and _NAME.fullmatch(name):
        own = recipe_folder() / f"{name}.toml"
        if own.is_file():
            return _read(name, own.read_bytes(), str(own))
        ours = resources.files(__package__).joinpath("recipes", f"{name}.toml")
        if ours.is_file():
            return _read(name, ours.read_bytes(), f"recipe {name}")
    raise LipsyncError(
        f"lip-sync recipe {name!r} is not there; choose one of {', '.join(recipe_names())} "
        f"or put one into {recipe_folder()}"
    )


def _read(name: str, raw: bytes, where: str) -> Recipe:
    try:
        data = tomllib.loads(raw.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LipsyncError(f"{where} cannot be read: {error}") from error
    _check_keys(data, where)
    try:
        fps = asked_rate(data["fps"]) if "fps" in data else None
    except UsageError as error:
        raise LipsyncError(f"{where}: {error}") from error
    recipe = Recipe(
        name,
        tuple(data["args"]),
        data.get("cwd", ""),
        data.get("env", {}),
        fps,
        data.get("length", "exact"),
        float(data.get("extra_seconds", 0)),
        data.get("output", "{output}"),
        float(data.get("timeout", 3600)),
        tuple(data.get("models", [])),
        data.get("params", {}),
        hashlib.sha256(raw).hexdigest(),
    )
    _check_values(recipe, where)
    return recipe


def _check_keys(data: dict[str, Any], where: str) -> None:
    if data.get("schema") != RECIPE_SCHEMA:
        raise LipsyncError(f"{where}: schema {data.get('schema')!r} is not {RECIPE_SCHEMA}")
    for key, value in data.items():
        if key not in _KEYS:
            raise LipsyncError(f"{where}: key {key!r} is unknown; known are {', '.join(_KEYS)}")
        if not isinstance(value, _KEYS[key]) or isinstance(value, bool):
            raise LipsyncError(f"{where}: {key} = {value!r} is of the wrong kind")
    texts = [*data.get("args", []), *data.get("models", []), *data.get("env", {}).values()]
    if not data.get("args") or not all(isinstance(text, str) for text in texts):
        raise LipsyncError(
            f'{where}: args, models and env hold texts only; write args = ["program", "--face", …]'
        )
    for key, value in data.get("params", {}).items():
        if type(value) not in (str, int, float) or key in BUILT_IN | {"env", "recipe"}:
            raise LipsyncError(f"{where}: param {key} = {value!r} cannot be used")


def _check_values(recipe: Recipe, where: str) -> None:
    if recipe.length not in ("exact", "trim"):
        raise LipsyncError(f"{where}: length {recipe.length!r} is neither 'exact' nor 'trim'")
    if recipe.extra_seconds and recipe.length == "exact":
        raise LipsyncError(f"{where}: extra_seconds can only be trimmed; write length = 'trim'")
    if not recipe.timeout > 0 or recipe.extra_seconds < 0:
        raise LipsyncError(f"{where}: timeout and extra_seconds must be above 0")
    known = BUILT_IN | set(recipe.params)
    for text in (*recipe.args, recipe.cwd, *recipe.env.values(), recipe.output, *recipe.models):
        try:
            names = [(name, spec) for _, name, spec, _ in string.Formatter().parse(text) if name]
        except ValueError as error:
            raise LipsyncError(f"{where}: {text!r}: {error}") from error
        for name, spec in names:
            if not (name == "env" and spec) and (name not in known or spec):
                raise LipsyncError(
                    f"{where}: placeholder {{{name}}} is unknown; known are "
                    f"{', '.join(sorted(known))} and env:NAME"
                )
