"""Count the frames that are done, and tell whoever waits for the movie."""

from __future__ import annotations

import threading
from collections.abc import Callable

Progress = Callable[[str, float], None]


class Tally:
    """Frames done so far, told to the caller by whichever worker has just finished some."""

    def __init__(self, total: int, told: Progress | None) -> None:
        """Take how many frames there are, and whom to tell."""
        self._total = total
        self._told = told
        self._done = 0
        self._lock = threading.Lock()

    def add(self, frames: int) -> None:
        """Count frames that were finished."""
        with self._lock:
            self._done += frames
            self.tell("encoding shots", self._done / self._total)

    def tell(self, stage: str, share: float) -> None:
        """Say what is being done and the share of it that is done, 0 to 1."""
        if self._told:
            self._told(stage, share)
