"""A timeline as plain objects with OTIO's own names, all of them made of one call of OTIO's.

Asking OTIO for one field after another of every clip costs more than all the rest of writing it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from otio_idolsync.interchange.xmeml.forms import Form, form_of, kind_of, range_of


class Time(NamedTuple):
    """``RationalTime``."""

    value: float
    rate: float


class Range(NamedTuple):
    """``TimeRange``."""

    start_time: Time
    duration: Time


class Named:
    """What all of OTIO's objects have, and their form in its JSON."""

    __slots__ = ("form", "metadata", "name")

    def __init__(self, form: Form) -> None:
        self.form = form
        self.name: str = form.get("name") or ""
        self.metadata: dict[str, Any] = form.get("metadata") or {}


class Effect(Named):
    """Any ``Effect``; ``time_scalar`` is None where it is none of time."""

    __slots__ = ("effect_name", "time_scalar")

    def __init__(self, form: Form) -> None:
        super().__init__(form)
        self.effect_name: str = form.get("effect_name") or ""
        self.time_scalar: float | None = form.get("time_scalar")


class Marker(Named):
    """``Marker``."""

    __slots__ = ("color", "comment", "marked_range")

    def __init__(self, form: Form) -> None:
        super().__init__(form)
        self.color: str | None = form.get("color")
        self.comment: str = form.get("comment") or ""
        self.marked_range = _range(form["marked_range"])


class Reference(Named):
    """Any media reference; of ``MissingReference`` there is nothing more."""

    __slots__ = ("available_range",)

    def __init__(self, form: Form) -> None:
        super().__init__(form)
        given = form.get("available_range")
        self.available_range = _range(given) if given else None


class ExternalReference(Reference):
    """``ExternalReference``."""

    __slots__ = ("target_url",)

    def __init__(self, form: Form) -> None:
        super().__init__(form)
        self.target_url: str = form.get("target_url") or ""


class GeneratorReference(Reference):
    """``GeneratorReference``."""

    __slots__ = ("generator_kind",)

    def __init__(self, form: Form) -> None:
        super().__init__(form)
        self.generator_kind: str = form.get("generator_kind") or ""


class ImageSequenceReference(Reference):
    """``ImageSequenceReference``."""

    __slots__ = (
        "frame_step",
        "frame_zero_padding",
        "name_prefix",
        "name_suffix",
        "rate",
        "start_frame",
        "target_url_base",
    )

    def __init__(self, form: Form) -> None:
        super().__init__(form)
        self.frame_step: int = form["frame_step"]
        self.frame_zero_padding: int = form["frame_zero_padding"]
        self.name_prefix: str = form["name_prefix"]
        self.name_suffix: str = form["name_suffix"]
        self.rate: float = form["rate"]
        self.start_frame: int = form["start_frame"]
        self.target_url_base: str = form["target_url_base"]


class Transition(Named):
    """``Transition``."""

    __slots__ = ("in_offset", "out_offset", "transition_type")

    def __init__(self, form: Form) -> None:
        super().__init__(form)
        self.in_offset, self.out_offset = _time(form["in_offset"]), _time(form["out_offset"])
        self.transition_type: str = form.get("transition_type") or ""


class Item(Named):
    """What clips, gaps and compositions have."""

    __slots__ = ("effects", "enabled", "markers", "source_range")

    def __init__(self, form: Form) -> None:
        super().__init__(form)
        given = form.get("source_range")
        self.source_range = _range(given) if given else None
        self.effects = [Effect(effect) for effect in form.get("effects") or ()]
        self.markers = [Marker(marker) for marker in form.get("markers") or ()]
        self.enabled: bool = form.get("enabled", True)

    def trimmed_range(self) -> Range:
        """Return its own range, else that of its media or content.

        Raises:
            InterchangeError: A clip has neither.
        """
        start, duration = range_of(self.form)
        return Range(_time(start) if start else Time(0.0, duration["rate"]), _time(duration))


class Gap(Item):
    """``Gap``."""

    __slots__ = ()


class Clip(Item):
    """``Clip``."""

    __slots__ = ("active_media_reference_key", "media_reference")

    def __init__(self, form: Form) -> None:
        super().__init__(form)
        self.active_media_reference_key: str = form["active_media_reference_key"]
        active = self.media_references().get(self.active_media_reference_key)
        self.media_reference = _reference(active)

    def media_references(self) -> dict[str, Form]:
        """Return the forms of all its media references."""
        given: dict[str, Form] = self.form["media_references"]
        return given


class Composition(Item):
    """``Stack`` or ``Track``."""

    __slots__ = ("children",)

    def __init__(self, form: Form) -> None:
        super().__init__(form)
        self.children = [light_of(child) for child in form.get("children") or ()]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.children)

    def __len__(self) -> int:
        return len(self.children)


class Stack(Composition):
    """``Stack``."""

    __slots__ = ()


class Track(Composition):
    """``Track``."""

    __slots__ = ("kind",)

    def __init__(self, form: Form) -> None:
        super().__init__(form)
        self.kind: str = form.get("kind") or "Video"


class Timeline(Named):
    """``Timeline``."""

    __slots__ = ("global_start_time", "tracks")

    def __init__(self, form: Form) -> None:
        super().__init__(form)
        start = form.get("global_start_time")
        self.global_start_time = _time(start) if start else None
        self.tracks = Stack(form["tracks"])


class SerializableCollection(Composition):
    """``SerializableCollection``."""

    __slots__ = ()


_REFERENCES = {
    "ExternalReference": ExternalReference,
    "GeneratorReference": GeneratorReference,
    "ImageSequenceReference": ImageSequenceReference,
}
_KINDS: dict[str, type[Named]] = {
    kind.__name__: kind
    for kind in (Clip, Gap, Stack, Track, Transition, Timeline, SerializableCollection)
}


def light_of(obj: Any) -> Any:
    """Return an OTIO object, or one of its forms, as a plain one.

    Raises:
        AttributeError: It is no object of OTIO's.
    """
    form = obj if isinstance(obj, dict) else form_of(obj)
    return _KINDS.get(kind_of(form), Named)(form)


def time_form(time: Time) -> Form:
    """Return a time as OTIO's JSON says it."""
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": time.rate, "value": time.value}


def range_form(span: Range) -> Form:
    """Return a range as OTIO's JSON says it."""
    start, duration = map(time_form, span)
    return {"OTIO_SCHEMA": "TimeRange.1", "duration": duration, "start_time": start}


def _time(form: Form) -> Time:
    return Time(form["value"], form["rate"])


def _range(form: Form) -> Range:
    start, duration = form["start_time"], form["duration"]
    return Range(Time(start["value"], start["rate"]), Time(duration["value"], duration["rate"]))


def _reference(form: Form | None) -> Reference | None:
    return None if form is None else _REFERENCES.get(kind_of(form), Reference)(form)
