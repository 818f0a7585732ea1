"""What a reader may do with any bytes: give a timeline that lasts, or say one sentence."""

from __future__ import annotations

import resource
import signal
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import opentimelineio as otio

import otio_idolsync
from otio_idolsync.cut.read import read_cut
from otio_idolsync.errors import IdolsyncError
from otio_idolsync.interchange.cmx3600 import write_edl
from otio_idolsync.interchange.fcpxml import read_fcpxml, write_fcpxml
from otio_idolsync.interchange.markers_edl import read_markers_edl, write_markers_edl
from otio_idolsync.interchange.xmeml import read_xmeml, write_xmeml

# OpenTimelineIO looks for its plugins when it first needs one, in files that no reader may open.
otio.adapters.from_name("idolsync_edl").has_feature("read")
SECONDS, BYTES, LETTERS = 20.0, 2 << 30, 600
_OURS = (
    tempfile.gettempdir(),
    sys.prefix,
    sys.base_prefix,
    str(Path(otio_idolsync.__file__).parents[1]),
)
_OUTSIDE = (
    "socket.",
    "urllib.",
    "subprocess.",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "ftplib.",
)


class Fault(AssertionError):
    """A reader or writer did what none may do."""


@dataclass(frozen=True)
class Format:
    """One format: how it is read and written.

    Attributes:
        name: Also the suffix of its files.
        read: Takes bytes.
        write: Gives text.
        lasting: Whether the text reads as the same timeline.
    """

    name: str
    read: Callable[[bytes], Any]
    write: Callable[[Any], str]
    lasting: bool = True


def _markers(data: bytes) -> Any:
    return read_markers_edl(data.decode("utf-8", "replace"))


def _cmx(data: bytes) -> Any:
    with tempfile.NamedTemporaryFile(suffix=".edl") as file:
        file.write(data)
        file.flush()
        return read_cut(file.name).timelines[0]


FORMATS = {
    each.name: each
    for each in (
        Format("xml", read_xmeml, lambda made: write_xmeml(made, "premiere")[0]),
        Format("fcpxml", read_fcpxml, lambda made: write_fcpxml(made)[0]),
        Format("markers", _markers, lambda made: write_markers_edl(made)[0]),
        Format("edl", _cmx, lambda made: write_edl(made)[0], lasting=False),
    )
}


def judge(form: Format, data: bytes) -> str:
    """Return ``read``, ``refused``, or ``read, not written``; what a reader owes, it is held to.

    Raises:
        Fault: Another exception than ours, a hang, too much memory, something opened, or a
            timeline that is another one after it was written and read again.
    """
    began = time.process_time()
    with _watched(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        verdict = _judge(form, data)
    took = time.process_time() - began
    if took > SECONDS:
        raise Fault(f"{took:.0f} seconds for {len(data)} bytes")
    return verdict


def _judge(form: Format, data: bytes) -> str:
    found = _said(lambda: form.read(data))
    if found is None:
        return "refused"
    text = _said(lambda: form.write(found))
    if text is None:
        return "read, not written"
    again = _said(lambda: form.read(text.encode()))
    if again is None:
        raise Fault("what was written is refused")
    if not form.lasting:
        return "read"
    one, two = shown_by(found), shown_by(again)
    if one != two:
        first = next((pair for pair in zip(one, two, strict=False) if pair[0] != pair[1]), "")
        raise Fault(f"another timeline after a round trip: {first or (len(one), len(two))}")
    return "read"


def _said(work: Callable[[], Any]) -> Any:
    """Return what comes of work, None where it is refused in one sentence."""
    try:
        return work()
    except IdolsyncError as error:
        sentence = str(error)
        if "\n" in sentence or not sentence or len(sentence) > LETTERS:
            raise Fault(f"no sentence: {sentence[:300]!r}") from error
        return None
    except Exception as error:
        raise Fault(f"{type(error).__name__}: {str(error)[:300]}") from error


def shown_by(found: Any) -> list[Any]:
    """Return what a timeline, or several, show: names, tracks, ranges, speeds, media, markers."""
    if isinstance(found, otio.schema.Timeline):
        start = found.global_start_time
        rows: list[Any] = [("timeline", found.name, start and start.value)]
        return rows + list(_rows(found.tracks))
    return [row for child in found for row in shown_by(child)] if _several(found) else []


def _several(found: Any) -> bool:
    return isinstance(found, otio.schema.SerializableCollection)


def _rows(item: Any) -> Iterator[Any]:
    if isinstance(item, otio.schema.Transition):
        yield "transition", item.name, _value(item.in_offset), _value(item.out_offset)
        return
    span, reference = item.source_range, getattr(item, "media_reference", None)
    yield (
        item.schema_name(),
        item.name,
        getattr(item, "kind", ""),
        item.enabled,
        span and (_value(span.start_time), _value(span.duration)),
        [round(e.time_scalar, 6) for e in item.effects if hasattr(e, "time_scalar")],
        str(getattr(reference, "target_url", "")),
    )
    yield from sorted(map(_marker, item.markers))  # in the order of time or of the file
    for child in item if isinstance(item, otio.core.Composition) else ():
        yield from _rows(child)


def _marker(marker: Any) -> Any:
    # An EDL has no lines in its names and notes.
    name, words = (" ".join(text.split()) for text in (marker.name, marker.comment))
    at = marker.marked_range
    return _value(at.start_time), _value(at.duration), name, words, marker.color


def _value(time_: Any) -> tuple[float, float]:
    return round(time_.value, 4), round(time_.rate, 3)


_watching = False


@contextmanager
def _watched() -> Iterator[None]:
    """Fault on what is opened, and on time and memory without end."""
    global _watching  # noqa: PLW0603  # an audit hook cannot be taken away again
    _hook()
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (_taken() + BYTES, before[1]))
    signal.signal(signal.SIGALRM, _too_long)
    signal.setitimer(signal.ITIMER_REAL, SECONDS * 3)
    _watching = True
    try:
        yield
    except MemoryError as error:
        raise Fault("memory without end") from error
    finally:
        _watching = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        resource.setrlimit(resource.RLIMIT_AS, before)


def _taken() -> int:
    """Return the address space that this process has already."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def _hook() -> None:
    if not getattr(sys, "_fuzz_hooked", False):
        sys._fuzz_hooked = True  # type: ignore[attr-defined]
        sys.addaudithook(_audit)


def _audit(event: str, args: Any) -> None:
    if not _watching:
        return
    opened = event == "open" and not str(args[0]).startswith(_OURS)
    if opened or event.startswith(_OUTSIDE):
        raise Fault(f"{event} {args}"[:300])


def _too_long(*_: Any) -> None:
    raise Fault("a hang")
