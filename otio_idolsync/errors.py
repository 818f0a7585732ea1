"""The one error tree: a user's mistake raises one of these, with one clear sentence."""

from __future__ import annotations

import re
from pathlib import Path

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
