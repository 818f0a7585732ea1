"""The one error tree: a user's mistake raises one of these, with one clear sentence."""

from __future__ import annotations

import re
from pathlib import Path

_CLASS = re.compile(r"\b(?:[A-Za-z_]\w*\.)*([A-Z]\w*)?(Error|Exception)\b(: *)?")
_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

_ENTRIES = re.compile(r"(, |; |\n)")
_LONGEST_ENTRY = 500
_LONGEST = 100_000


class IdolsyncError(Exception):
    """Base of every error that this package raises on purpose."""

    def __init__(self, sentence: str = "") -> None:
        """Take the sentence; what it quotes may come from a file, and is kept in bounds."""
        super().__init__(brief(sentence))


def brief(message: str) -> str:
    """Return a message in which no name is endless: of one, the beginning and the end are told.

    A list may be long, because it names everything; its entries may not.
    """
    if len(message) <= _LONGEST_ENTRY:
        return message
    told = "".join(_ends_of(entry, _LONGEST_ENTRY) for entry in _ENTRIES.split(message))
    return _ends_of(told, _LONGEST)


def _ends_of(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[: room // 2]} … {text[-room // 2 :]}"


class UsageError(IdolsyncError):
    """An argument has a value that cannot be used (a rate of 0, a time without a unit)."""


class SettingsError(IdolsyncError):
    """A settings file (``shots.toml``, a pacing profile) has a wrong key or value."""


class MediaError(IdolsyncError):
    """A song, clip, still or sequence is missing, unreadable or not what it should be."""


class AnalysisError(IdolsyncError):
    """The song was read, but no beat grid can be made of it."""


class PlanError(IdolsyncError):
    """No cut list fulfils what was asked for."""


class TimelineError(IdolsyncError):
    """A timeline, sync sheet or metadata block cannot be understood or written."""


class InterchangeError(IdolsyncError):
    """An editor's file cannot be read, or a timeline cannot be written for an editor."""


class LipsyncError(IdolsyncError):
    """A face cannot be made to sing: a provider or recipe is missing, failed or returned junk."""


class RenderError(IdolsyncError):
    """A movie cannot be made."""


class SourceError(RenderError):
    """A source turned out to be damaged, or too short, while its shot was made.

    Attributes:
        source: Its file; of a sequence the first.
    """

    def __init__(self, source: Path, sentence: str) -> None:
        """Take the file and the sentence."""
        super().__init__(sentence)
        self.source = source


class OutputError(IdolsyncError):
    """An output cannot be written, or must not be replaced."""


class ToolMissingError(IdolsyncError):
    """A program or optional package that is needed is not installed."""


class WorkerError(IdolsyncError):
    """A process that worked for this one died or hung in the midst of it, or failed."""


def reason(error: BaseException) -> str:
    """Return why something of Python or a library failed, in words that say something to a user."""
    if isinstance(error, IdolsyncError):
        return str(error)
    if isinstance(error, KeyError) and error.args:
        return f"{error.args[0]!r} is missing"
    if isinstance(error, TypeError | AttributeError | IndexError):
        return "a value is of another kind than it should be"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    said = str(getattr(error, "strerror", None) or error).strip()
    return in_words(said.splitlines()[0] if said else type(error).__name__)


def in_words(text: str) -> str:
    """Return what another program says, without the names of its error classes.

    ``ValueError: no mouth`` becomes ``no mouth``, ``raised InvalidDataError`` becomes
    ``raised invalid data error``.
    """

    def plain(found: re.Match[str]) -> str:
        if found.start() == 0 and found[3]:
            return ""
        name = _HUMPS.sub(" ", f"{found[1] or ''}{found[2]}")
        return f"{name.lower()}{found[3] or ''}"

    return _CLASS.sub(plain, text)
