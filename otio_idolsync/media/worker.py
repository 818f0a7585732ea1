"""The process in which work is done that may crash: tasks in on stdin, answers out on stdout.

What a library prints goes to stderr, so that it cannot be taken for an answer.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from typing import Any

from otio_idolsync.errors import IdolsyncError, reason


def main() -> None:
    """Do one task a line until stdin ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for line in sys.stdin:
        print(json.dumps(done(*json.loads(line))), file=answers, flush=True)


def done(task: str, *arguments: Any) -> list[Any]:
    """Do a task and return what came of it, as plain JSON.

    Args:
        task: The function that does it, as ``package.module:function``.
        arguments: What it takes, plain JSON.

    Returns:
        ``["done", value]``, or ``["error", class of ours, sentence]``, or ``["failed", reason]``.
    """
    try:
        module, _, function = task.partition(":")
        return ["done", getattr(importlib.import_module(module), function)(*arguments)]
    except IdolsyncError as error:
        return ["error", type(error).__name__, str(error)]
    except Exception as error:
        return ["failed", reason(error)]


if __name__ == "__main__":
    main()
