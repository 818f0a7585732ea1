"""Worker processes that may die: what can crash natively costs one task there, not this process.

They are started when the first task comes, serve one task after another, and end with this process.
A worker is a program of its own (``python -m``), not a copy of this one: it runs nothing of a
script that uses the library, and needs nothing of its threads.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import IO, Any, cast

from otio_idolsync import errors
from otio_idolsync.errors import IdolsyncError, WorkerError, in_words
from otio_idolsync.media import worker

# Another worker costs .1 s of CPU time to start: it is worth that where seconds are left to do.
_MOST, _FEW, _LONG = 4, 4, 2.0
_HEARD_SECONDS = 0.5
# Without these glibc gives the memory of each large frame back and fetches it again for the next:
# a third of the time that looking into small clips takes.
_MEMORY = {
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(64 << 20),
}
_LEAST_PATIENCE, _SLOWEST_BYTES = 60.0, 4e6


def patience_for(path: Path | str) -> float:
    """Return after how many seconds a file is taken to hang its reader; slow disks are slow."""
    try:
        return _LEAST_PATIENCE + Path(path).stat().st_size / _SLOWEST_BYTES
    except OSError:  # it is gone, which its reader will say
        return _LEAST_PATIENCE


def python_program() -> str | None:
    """Return the Python that runs this; None in a program that has it built in and hides it."""
    if Path(sys.executable or "").stem.lower().startswith(("python", "pypy")):
        return sys.executable
    beside = Path(sys.prefix, "python.exe" if os.name == "nt" else "bin/python3")
    return str(beside) if beside.is_file() else None


def start_python(
    module: str, complaints: IO[bytes], env: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start a module in a process of its own, which can import what this one can.

    It hears no Ctrl-C: whoever started it ends it.

    Args:
        module: What ``python -m`` runs.
        complaints: Where its stderr goes.
        env: What its environment has besides this one's.
    """
    paths = os.pathsep.join(entry for entry in sys.path if entry)
    return subprocess.Popen(
        [python_program() or sys.executable, "-P", "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=complaints,
        env={**(env or {}), **os.environ, "PYTHONPATH": paths},
        start_new_session=True,
    )


class _Gone(Exception):
    """A worker died, or hung and was ended; the text says how."""

    def __init__(self, how: str, hung: bool = False) -> None:
        super().__init__(how)
        self.hung = hung


class _Worker:
    """One process, and what it is asked."""

    def __init__(self) -> None:
        self.used = False
        self._hung = False
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the worker)
        try:
            self._process = start_python("otio_idolsync.media.worker", self._complaints, _MEMORY)
        except BaseException:
            self._complaints.close()
            raise

    def ask(self, task: str, arguments: Sequence[Any], patience: float) -> list[Any]:
        """Return the answer to a task.

        Raises:
            _Gone: It died, or took longer than ``patience`` seconds.
        """
        self.used = True
        timer = threading.Timer(patience, self._give_up)
        timer.daemon = True
        timer.start()
        try:
            # A process that is gone takes nothing and answers nothing.
            with contextlib.suppress(OSError):
                _pipe(self._process.stdin).write(json.dumps([task, *arguments]).encode() + b"\n")
                _pipe(self._process.stdin).flush()
            line = _pipe(self._process.stdout).readline()
        finally:
            timer.cancel()
        if not line.endswith(b"\n"):
            how = f"was not done after {patience:g} s" if self._hung else self._death()
            raise _Gone(how, self._hung)
        answer: list[Any] = json.loads(line)
        return answer

    def kill(self) -> None:
        """End the process, whatever it does."""
        self._process.kill()

    def end(self) -> None:
        """End the process and leave nothing of it."""
        self.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._complaints):
            with contextlib.suppress(OSError):
                _pipe(stream).close()

    def _give_up(self) -> None:
        self._hung = True
        self.kill()

    def _death(self) -> str:
        status = self._process.wait()
        how = f"exit status {status}"
        with contextlib.suppress(ValueError):
            how = signal.Signals(-status).name
        if status > 0:
            self._complaints.seek(0)
            said = self._complaints.read()[-2000:].decode(errors="replace").strip().splitlines()
            how = in_words(said[-1].strip()) if said else how
        return f"died ({how})"


class Workers:
    """A pool of worker processes; any thread may ask."""

    def __init__(self) -> None:
        self._owner = os.getpid()
        self._all: list[_Worker] = []
        self._idle: list[_Worker] = []
        self._others: list[_Worker] = []
        self._closing = False
        atexit.register(self.close)

    def call(self, task: str, *arguments: Any, patience: float) -> Any:
        """Return what a function returns that is called in a worker process.

        Where a worker dies that had done other tasks before, those may have hurt it: a new one
        tries again, and only if that dies, too, it is this task's fault.

        Args:
            task: The function, as ``package.module:function``.
            arguments: Plain JSON, as is what it returns.
            patience: Seconds after which the worker is taken to hang, and is ended.

        Raises:
            WorkerError: The worker died or hung, or the function failed unexpectedly.
            IdolsyncError: As the function raised it.
        """
        try:
            asked = self._free() if python_program() else None
        except OSError:  # no process may be started here
            asked = None
        if asked is None:
            return _value(worker.done(task, *arguments))
        while True:
            hurt = asked.used
            try:
                answer = asked.ask(task, arguments, patience)
            except BaseException as error:
                self._drop(asked)
                if not isinstance(error, _Gone):
                    raise
                if not hurt or error.hung or self._closing:
                    raise WorkerError(str(error)) from None
                asked = self._new()
            else:
                self._idle.append(asked)
                return _value(answer)

    def each(
        self, task: str, arguments: Sequence[Any], patience: Callable[[Any], float]
    ) -> Iterator[Any]:
        """Yield, in their order, what a function of one argument returns, or the error it raised.

        Where the first of them show that all will take long, the rest are done several at a time.
        """

        def one(argument: Any) -> Any:
            try:
                return self.call(task, argument, patience=patience(argument))
            except IdolsyncError as error:
                return error

        begun, done, most = 0.0, 0, min(_MOST, os.cpu_count() or 1)
        for done, argument in enumerate(arguments):
            # The first one also waits for its worker to start.
            took = time.monotonic() - begun
            if most > 1 and done > _FEW and took / (done - 1) * (len(arguments) - done) > _LONG:
                break
            yield one(argument)
            begun = begun if done else time.monotonic()
        else:
            return
        yield from self._together(one, arguments[done:], most)

    def _together(
        self, one: Callable[[Any], Any], arguments: Sequence[Any], most: int
    ) -> Iterator[Any]:
        threads = ThreadPoolExecutor(most)
        try:
            for future in [threads.submit(one, argument) for argument in arguments]:
                # Short waits, so that Ctrl-C is heard on every system.
                while not wait([future], timeout=_HEARD_SECONDS).done:
                    pass
                yield future.result()
        except BaseException:
            threads.shutdown(wait=False, cancel_futures=True)
            self.close()
            raise
        finally:
            threads.shutdown()

    def close(self) -> None:
        """End all workers; what they are doing fails. The next task starts new ones."""
        if self._owner != os.getpid():
            return
        self._closing = True
        for left in self._all:
            left.kill()
        while self._idle:
            self._drop(self._idle.pop())

    def _free(self) -> _Worker:
        if self._owner != os.getpid():
            # This is a copy (fork) of the process that they answer to.
            self._others, self._owner, self._all, self._idle = self._all, os.getpid(), [], []
        self._closing = False
        try:
            return self._idle.pop()
        except IndexError:
            return self._new()

    def _new(self) -> _Worker:
        self._all.append(started := _Worker())
        return started

    def _drop(self, gone: _Worker) -> None:
        gone.end()
        with contextlib.suppress(ValueError):
            self._all.remove(gone)


WORKERS = Workers()
"""The workers of this process."""


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    return cast(IO[bytes], stream)


def _value(answer: Sequence[Any]) -> Any:
    """Return what a task returned, or raise what it raised."""
    kind, *said = answer
    if kind == "done":
        return said[0]
    if kind == "error":
        raise getattr(errors, said[0], IdolsyncError)(said[1])
    raise WorkerError(f"failed ({said[0]})")
