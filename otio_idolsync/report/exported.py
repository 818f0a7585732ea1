"""What an export cost, in lines for people."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Protocol

from otio_idolsync.errors import brief

_WIDTH = 100


class Exported(Protocol):
    """What a report of an export holds."""

    @property
    def editor(self) -> str: ...  # noqa: D102
    @property
    def losses(self) -> Sequence[str]: ...  # noqa: D102


def export_text(report: Exported) -> str:
    """Return the losses of an export, a line each."""
    if not report.losses:
        return f"Nothing that this timeline holds is lost on the way to {report.editor}."
    lines = [f"What {report.editor} or its format does not carry of this timeline:"]
    for loss in report.losses:
        lines += textwrap.wrap(brief(loss), _WIDTH, initial_indent="- ", subsequent_indent="  ")
    return "\n".join(lines)
