"""One shot as one command: from a job file and the media it names to a finished object in a cache.

``python -m otio_idolsync.rendering.shot JOB.json`` (or ``idolsync shot JOB.json``) does what the
local renderer does in process. It may run twice, anywhere that sees the media and the cache, in any
order: the object's name follows from the job alone, and one that is there is not made again.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
import threading
import types
import typing
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from otio_idolsync.cut.look import Look
from otio_idolsync.errors import IdolsyncError, RenderError, reason
from otio_idolsync.media.cache import written_beside
from otio_idolsync.media.known import KnownMedia
from otio_idolsync.media.model import ImageSequence, MediaInfo
from otio_idolsync.media.names import not_there
from otio_idolsync.rendering import model
from otio_idolsync.rendering.encode import shot_suffix
from otio_idolsync.rendering.keys import key_of, shot_facts
from otio_idolsync.rendering.make import Maker
from otio_idolsync.rendering.store import Store

SCHEMA = "idolsync.shot/1"
_NAMED = {
    kind.__name__: kind
    for kind in (
        model.OutputFormat, model.ShotJob, model.Footage, model.Slate, model.Black, model.Plate,
        model.Layers, model.Layer, Look, model.Ramp, MediaInfo, ImageSequence,
    )
}  # fmt: skip


@dataclasses.dataclass(frozen=True, slots=True)
class ShotCommand:
    """A shot to be made.

    Attributes:
        key: What the object is named after.
        cache: The cache folder that it goes to.
        output: Its format.
        job: What it shows.
    """

    key: str
    cache: Path
    output: model.OutputFormat
    job: model.ShotJob

    @property
    def made(self) -> Path:
        """Where the object lies, or will lie."""
        return Store(self.cache).path("shots", self.key, shot_suffix(self.output))

    def to_json(self) -> dict[str, Any]:
        """Return the job file's content."""
        return {
            "schema": SCHEMA,
            "key": self.key,
            "cache": str(self.cache),
            "output": _encoded(self.output),
            "job": _encoded(self.job),
        }

    @classmethod
    def from_json(cls, data: Any) -> ShotCommand:
        """Return what a job file holds.

        Raises:
            RenderError: It is no job, or one of a newer version than we know.
        """
        schema = data.get("schema") if isinstance(data, dict) else None
        if schema != SCHEMA:
            raise RenderError(f"schema {schema!r} is not {SCHEMA}, the only job known here")
        try:
            output = _decoded(model.OutputFormat, data["output"])
            job = _decoded(model.ShotJob, data["job"])
            return cls(str(data["key"]), Path(data["cache"]), output, job)
        except (KeyError, TypeError, ValueError, AttributeError, ZeroDivisionError) as error:
            raise RenderError(f"the job is damaged: {reason(error)}; write it again") from error


def write_commands(
    folder: Path, cache: Path, output: model.OutputFormat, jobs: Sequence[tuple[model.ShotJob, str]]
) -> list[Path]:
    """Write a job file for each shot and key, named after the key, and return their paths.

    Raises:
        OutputError: The folder cannot be written.
    """
    paths = []
    for job, key in jobs:
        path = folder / f"{key}.json"
        text = json.dumps(ShotCommand(key, cache, output, job).to_json(), indent=1)
        with written_beside(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
        paths.append(path)
    return paths


def run_command(path: Path, cache: Path | None = None) -> tuple[ShotCommand, bool]:
    """Make the object of a job file, unless it is there.

    Args:
        path: The job file.
        cache: The cache folder, where it is not the one that the job names.

    Returns:
        The job, and whether it had to be made.

    Raises:
        RenderError: The job is damaged, or its media are not those that it was written for.
        MediaError: Its media cannot be read.
        OutputError: The cache cannot be written.
    """
    try:
        command = ShotCommand.from_json(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise RenderError(not_there("job", path)) from error
    except (OSError, ValueError, RecursionError) as error:
        raise RenderError(f"job {path} cannot be read: {reason(error)}") from error
    if cache:
        command = dataclasses.replace(command, cache=cache)
    store, media = Store(command.cache), KnownMedia(command.cache)
    with store.using([command.key]):
        if store.find("shots", command.key, shot_suffix(command.output)) is not None:
            return command, False
        if key_of(shot_facts(command.job, command.output, media)) != command.key:
            raise RenderError(
                f"{command.job.shot_id}: its media, or this version of the renderer, are not those "
                f"that {path} was written for; write the job again"
            )
        media.save()
        maker = Maker(store, media, command.output, os.cpu_count() or 1, threading.Event())
        maker.shot(command.job, command.key)
    return command, True


def _encoded(value: Any) -> Any:
    """Return a value of the model as plain JSON; objects say their type."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: _encoded(getattr(value, f.name)) for f in dataclasses.fields(value)}
        return {"type": type(value).__name__, **fields}
    if isinstance(value, tuple):
        return [_encoded(part) for part in value]
    return str(value) if isinstance(value, Fraction | Path) else value


def _decoded(hint: Any, data: Any) -> Any:
    """Return the value of a type that a JSON value stands for."""
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        if data is None:
            return None
        kinds = [part for part in parts if part is not type(None)]
        hint = _NAMED[data["type"]] if isinstance(data, dict) else kinds[0]
        return _decoded(hint, data)
    if origin is tuple:
        inner = [parts[0]] * len(data) if parts[-1] is ... else parts
        return tuple(_decoded(part, item) for part, item in zip(inner, data, strict=True))
    if origin is typing.Literal:
        return data
    if dataclasses.is_dataclass(hint):
        kind = _NAMED[data["type"]]
        hints = typing.get_type_hints(kind)
        given = {name: data[name] for name in hints if name in data}
        return kind(**{name: _decoded(hints[name], item) for name, item in given.items()})
    return hint(data) if hint in (Fraction, Path) else data


def main(argv: Sequence[str]) -> int:
    """Run one job file; one sentence on stderr, and status 1, where it cannot be done."""
    if len(argv) != 1:
        print("usage: python -m otio_idolsync.rendering.shot JOB.json", file=sys.stderr)
        return 2
    try:
        command, _fresh = run_command(Path(argv[0]))
    except IdolsyncError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    print(command.made)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
