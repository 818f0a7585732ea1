"""The process in which a provider works: one job in on stdin, messages out on stdout.

What a provider prints goes to stderr, so that it cannot be taken for a message.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TextIO

from otio_idolsync.errors import IdolsyncError, reason
from otio_idolsync.lipsync.provider import LipsyncJob, find_provider


def main() -> int:
    """Do the job that stdin holds and return the exit status."""
    messages = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    task = json.load(sys.stdin)
    try:
        provider = find_provider(task["provider"]).make()
        job = LipsyncJob.from_json(task["job"])
        provider.generate(
            job, Path(task["output"]), lambda share: _say(messages, "progress", share)
        )
    except IdolsyncError as error:
        _say(messages, "error", str(error))
        return 1
    except Exception as error:
        _say(messages, "error", reason(error))
        return 1
    _say(messages, "done", 1)
    return 0


def _say(messages: TextIO, kind: str, value: object) -> None:
    print(json.dumps([kind, value]), file=messages, flush=True)


if __name__ == "__main__":
    sys.exit(main())
