"""Say once what is true of many shots: sentences that know which shot they are about."""

from __future__ import annotations

from collections.abc import Iterable

from otio_idolsync.media.model import MediaInfo

SHOWN = 8


class Remark(str):
    """A sentence about one shot (or file), which can be said of several at once.

    Attributes:
        subject: What it is about: a shot's id or name.
        text: What is true of it, in words that fit others, too: "no mouth anchor".
        things: What several of them are called.
    """

    subject: str
    text: str
    things: str

    def __new__(cls, subject: str, text: str, alone: str = "", things: str = "shots") -> Remark:
        """Make the sentence.

        Args:
            subject: What it is about.
            text: What is true of it.
            alone: The whole sentence; ``subject: text`` by default.
            things: What several of them are called.
        """
        made = super().__new__(cls, alone or f"{subject}: {text}")
        made.subject, made.text, made.things = subject, text, things
        return made


def choices(shown: Iterable[MediaInfo]) -> list[str]:
    """Return which video stream is shown of each file that has several."""
    named = ((info.path.name, info.choice) for info in shown if info.choice)
    return [Remark(name, said, f"{name} {said}", "files") for name, said in named]


def grouped(sentences: Iterable[str], most: int | None = SHOWN) -> list[str]:
    """Return sentences with those that differ only in what they are about made one.

    ``12 shots: no mouth anchor (S003, S009, …)``, where the first of them stood.

    Args:
        sentences: Remarks, and others, which stay as they are.
        most: How many are named in one sentence; None for all.
    """
    alike: dict[tuple[str, str], dict[str, str]] = {}
    for said in sentences:
        remark = said if isinstance(said, Remark) else None
        key = (remark.text, remark.things) if remark else (said, "")
        alike.setdefault(key, {}).setdefault(remark.subject if remark else "", said)
    return [_together(key, said, most) for key, said in alike.items()]


def _together(key: tuple[str, str], said: dict[str, str], most: int | None) -> str:
    if len(said) == 1:
        return next(iter(said.values()))
    (text, things), names = key, list(said)[:most]
    more = ", …" if len(names) < len(said) else ""
    return f"{len(said)} {things}: {text} ({', '.join(names)}{more})"
