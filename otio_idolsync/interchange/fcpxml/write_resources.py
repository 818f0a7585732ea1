"""The resources of a document that is being written: each format, medium and effect once."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import quote

from lxml import etree

from otio_idolsync.cut.url import address_in, name_in, path_in
from otio_idolsync.cut.url import url_of as file_url
from otio_idolsync.interchange.fcpxml import light
from otio_idolsync.interchange.fcpxml.carrier import note_with, xml_text
from otio_idolsync.interchange.fcpxml.formats import format_name
from otio_idolsync.interchange.fcpxml.kept import OWN_MD, Adapter, element_of, parted
from otio_idolsync.interchange.fcpxml.resources import MISSING_URL, url_of
from otio_idolsync.interchange.fcpxml.times import Grid, exact_rate, time_text
from otio_idolsync.timebase import exact_seconds, whole_frames

SOUNDS = frozenset(".wav .aif .aiff .aifc .caf .mp3 .m4a .aac .bwf .w64 .ogg .opus .flac".split())
_UNKNOWN_SOUNDS = frozenset((".ogg", ".opus", ".flac", ".w64"))
_STILLS = frozenset(".png .jpg .jpeg .tif .tiff .psd .heic .bmp .gif .tga .webp .exr .dpx".split())


class _Extent(NamedTuple):
    """What there is of a medium: OTIO's available range."""

    start: float
    start_rate: float
    length: float
    rate: float

    @property
    def frames(self) -> Grid | None:
        """Its frames, where its rate is one that pictures have."""
        grid = _grid_of(self.rate)
        return grid if grid is not None and grid.otio_rate <= 240 else None

    @property
    def is_framed(self) -> bool:
        """Whether it is whole frames."""
        frames = self.frames
        if frames is None or not self.start_rate == self.rate == frames.otio_rate:
            return False
        return self.start == int(self.start) and self.length == int(self.length)


class _Medium(NamedTuple):
    """What tells one medium from another."""

    url: str
    target: str | None
    name: str
    available: _Extent | None
    rate: float
    metadata: str


class Library:
    """Collects resources, gives them ids, and knows what of them Final Cut cannot open."""

    def __init__(self, minor: int, losses: list[str]) -> None:
        """Take the version's minor number, and where losses are told."""
        self.minor = minor
        self.root = etree.Element("resources")
        self.adapter = Adapter(minor, self._import)
        self._losses = losses
        self._ids: dict[Any, str] = {}
        self._uses: dict[str, list[Fraction]] = {}
        self._elements: dict[str, Any] = {}
        self._store: dict[str, str] = {}
        self._imported: dict[str, str | None] = {}
        self._rates: dict[str, Fraction] = {}

    def rate_of(self, number: str | None) -> Fraction | None:
        """Return the rate of a format of this document; None where it has none."""
        return self._rates.get(number or "")

    def open_store(self, kept: dict[str, Any]) -> None:
        """Take the kept resources of the timeline that is written next."""
        store = kept.get("resources")
        self._store = store if isinstance(store, dict) else {}
        self._imported = {}

    def _add(self, tag: str, key: Any, attributes: dict[str, str]) -> tuple[str, Any]:
        number = f"r{len(self._elements) + 1}"
        element = etree.SubElement(self.root, tag, {"id": number, **attributes})
        self._elements[number] = element
        if key is not None:
            self._ids[key] = number
        return number, element

    def format(self, rate: Fraction, size: tuple[int, int] | None) -> str:
        """Return the id of a format; without a size, of one that only tells the rate."""
        key = ("format", rate.numerator, rate.denominator, size)
        if key in self._ids:
            return self._ids[key]
        length, ticks = Grid.at(rate).ticks
        attributes = {"frameDuration": f"{length}/{ticks}s"}
        if size is not None:
            name = format_name(size, rate)
            attributes = ({"name": name} if name else {}) | attributes
            attributes |= {"width": str(size[0]), "height": str(size[1])}
            attributes["colorSpace"] = "1-1-1 (Rec. 709)"
        number = self._add("format", key, attributes)[0]
        self._rates[number] = rate
        return number

    def effect(self, name: str, uid: str) -> str:
        """Return the id of a generator or transition."""
        key = ("effect", uid)
        return self._ids.get(key) or self._add("effect", key, {"name": name, "uid": uid})[0]

    def media(self, name: str, sequence: Any) -> str:
        """Return the id of a compound clip."""
        number, element = self._add("media", None, {"name": xml_text(name)})
        element.append(sequence)
        return number

    def missing_sound(self, name: str) -> str:
        """Return the id of a sound that is not there."""
        key = ("missing", name)
        if key not in self._ids:
            url = MISSING_URL + quote(xml_text(name), safe="") + ".wav"
            attributes = {"name": xml_text(name), "start": "0s", "duration": "86400s"}
            attributes |= {"hasAudio": "1"}
            _number, element = self._add("asset", key, attributes)
            self._set_url(element, url)
        return self._ids[key]

    def asset(self, reference: Any, grid: Grid, audio: bool) -> tuple[str, Any]:
        """Return the id and element of a medium.

        Args:
            reference: An external or image sequence reference.
            grid: The frames of the sequence that shows it.
            audio: Whether its sound is used.
        """
        own, kept = parted(reference.metadata)
        url = _media_url(reference)
        imported = self._imported_asset(kept.get("asset"), url)
        if imported is not None:
            return imported, self._elements[imported]
        medium = _Medium(
            url,
            getattr(reference, "target_url", None),
            reference.name,
            _extent_of(reference),
            grid.otio_rate,
            json.dumps([own, kept], sort_keys=True) if own or kept else "",
        )
        number = self._ids.get(medium)
        if number is None:
            number = self._new_asset(reference, medium, grid, own)
        element = self._elements[number]
        if audio:
            element.set("hasAudio", "1")
        return number, element

    def uses(self, number: str, start: Fraction, end: Fraction) -> None:
        """Note which seconds of a medium are shown, for one whose length nobody told."""
        span = self._uses.get(number)
        if span is not None:
            span[:] = [min(span[0], start), max(span[1], end)]

    def finish(self) -> Any:
        """Return the resources, with the lengths of media that only their uses tell."""
        for number, (start, end) in self._uses.items():
            self._elements[number].set("start", time_text(start))
            self._elements[number].set("duration", time_text(end - start))
        for what, times in sorted(self.adapter.dropped.items()):
            self._losses.append(f"FCPXML 1.{self.minor} has no {what} ({times} left out)")
        return self.root

    def _new_asset(
        self, reference: Any, medium: _Medium, grid: Grid, metadata: dict[str, Any]
    ) -> str:
        url, available = medium.url, medium.available
        suffix = _suffix(url)
        sound = suffix in SOUNDS
        sequence = isinstance(reference, light.ImageSequenceReference)
        attributes, block = {"start": "0s", "duration": "0s"}, dict[str, Any]()
        still = suffix in _STILLS and not sequence
        if available is not None and not still:
            attributes["start"] = _time_text(available.start, available.start_rate)
            attributes["duration"] = _time_text(available.length, available.rate)
        if still or sound or available is None or not available.is_framed:
            span = reference.available_range
            block["available"] = None if span is None else light.range_form(span)
        name = _asset_name(reference, url)
        if sound:
            rate = exact_rate(available.rate) if available is not None else Fraction(0)
            samples = int(rate) if rate.denominator == 1 and rate >= 8000 else 48000
            attributes |= {"hasAudio": "1", "audioSources": "1", "audioChannels": "2"}
            attributes["audioRate"] = str(samples)
        else:
            attributes |= {"hasVideo": "1"}
            own = available.frames if available is not None else None
            attributes["format"] = self.format((own or grid).rate, None)
        if sequence:
            block["ref"] = reference.form
        block |= _private(medium, name)
        if metadata:
            block["metadata"] = metadata
        number, element = self._add("asset", medium, {"name": xml_text(name), **attributes})
        self._set_url(element, url)
        if block:
            md = etree.SubElement(etree.SubElement(element, "metadata"), "md")
            md.set("key", OWN_MD)
            md.set("value", note_with("", block))
        if available is None:
            self._uses[number] = [Fraction(0), Fraction(0)]
        self._tell(reference, url, suffix, sequence)
        return number

    def _tell(self, reference: Any, url: str, suffix: str, sequence: bool) -> None:
        if suffix in _UNKNOWN_SOUNDS:
            file = _file_in(url)
            self._losses.append(f"Final Cut Pro opens no {suffix} sound; give it {file} as WAV")
        if sequence:
            name = reference.name or _file_in(url)
            self._losses.append(
                f"Final Cut Pro shows only the first picture of image sequence {name}"
            )

    def _set_url(self, asset: Any, url: str) -> None:
        if self.minor >= 9:
            etree.SubElement(asset, "media-rep", {"kind": "original-media", "src": url})
        else:
            asset.set("src", url)

    def _imported_asset(self, key: object, url: str) -> str | None:
        element = (
            element_of(self._store[key]) if isinstance(key, str) and key in self._store else None
        )
        if element is None or element.tag != "asset":
            return None
        return self._import(str(key)) if url == url_of(element) else None

    def _import(self, key: str) -> str | None:
        """Bring a kept resource, and what it refers to, into the document; None without one."""
        if key in self._imported:
            return self._imported[key]
        element = element_of(self._store[key]) if key in self._store else None
        self._imported[key] = None
        if element is None or element.tag not in ("asset", "effect", "format", "media", "locator"):
            return None
        if element.tag == "locator" and self.minor < 10:
            return None
        url = url_of(element)
        # A medium whose URL hung on something that is not there is written anew by its caller.
        if self.adapter.fit(element) and url_of(element) == url:
            if element.tag == "asset":
                self._fit_media(element)
            signature = etree.tostring(element, with_tail=False).partition(b" id=")
            known = (signature[0], re.sub(rb'^"[^"]*"', b"", signature[2][0:]))
            if known not in self._ids:
                attributes = {k: v for k, v in element.attrib.items() if k != "id"}
                _number, made = self._add(element.tag, known, attributes)
                made.extend(list(element))
            self._imported[key] = self._ids[known]
        return self._imported[key]

    def _fit_media(self, asset: Any) -> None:
        """Move a medium's URL to where the version wants it."""
        reps = asset.findall("media-rep")
        if self.minor >= 9 and not reps:
            rep = etree.Element("media-rep", {"kind": "original-media"})
            rep.set("src", asset.attrib.pop("src", ""))
            bookmark = asset.find("bookmark")
            if bookmark is not None:
                rep.append(bookmark)
            asset.insert(0, rep)
        elif self.minor < 9 and reps:
            asset.set("src", reps[0].get("src", ""))
            for rep in reps:
                asset.remove(rep)


def is_still(reference: Any) -> bool:
    """Return whether a medium is one picture."""
    return _suffix(str(getattr(reference, "target_url", "") or "")) in _STILLS


def is_sound(reference: Any) -> bool:
    """Return whether a medium is sound without a picture."""
    return _suffix(str(getattr(reference, "target_url", "") or "")) in SOUNDS


@lru_cache(maxsize=1 << 16)
def _file_in(url: str) -> str:
    return name_in(url)


def _suffix(url: str) -> str:
    stem, dot, suffix = _file_in(url).rpartition(".")
    return f".{suffix.lower()}" if stem and dot else ""


def _media_url(reference: Any) -> str:
    if isinstance(reference, light.ImageSequenceReference):
        first = f"{reference.start_frame:0{reference.frame_zero_padding}d}"
        file = f"{reference.name_prefix}{first}{reference.name_suffix}"
        base = reference.target_url_base
        return _file_url(base.rstrip("/")) + "/" + quote(xml_text(file)) if base else quote(file)
    return _file_url(str(reference.target_url or ""))


@lru_cache(maxsize=1 << 16)
def _file_url(target: str) -> str:
    """Return a target as a URL: absolute paths become file URLs, relative ones stay."""
    text = xml_text(target)
    address = address_in(text)
    if address.is_relative:
        return quote(text, safe="/%#?&=+")
    return text if address.scheme else file_url(path_in(text))


def _asset_name(reference: Any, url: str) -> str:
    if isinstance(reference, light.ImageSequenceReference):
        first, padding = reference.start_frame, reference.frame_zero_padding
        available = reference.available_range
        count = 1
        if available is not None and reference.rate > 0:
            count = whole_frames(exact_seconds(available.duration) * exact_rate(reference.rate))
        last = max(first, first + (count - 1) * reference.frame_step)
        numbers = f"[{first:0{padding}d}-{last:0{padding}d}]"
        return f"{reference.name_prefix}{numbers}{reference.name_suffix}"
    file = _file_in(url)
    return reference.name or file.rpartition(".")[0] or file


def _private(medium: _Medium, name: str) -> dict[str, Any]:
    """Return what FCPXML cannot say of a medium."""
    block: dict[str, Any] = {}
    if medium.name != xml_text(name):
        block["name"] = medium.name
    if medium.target is not None and medium.target != medium.url:
        block["url"] = medium.target
    return block


def _extent_of(reference: Any) -> _Extent | None:
    available = reference.available_range
    if available is None:
        return None
    start, length = available.start_time, available.duration
    return _Extent(start.value, start.rate, length.value, length.rate)


@lru_cache(maxsize=256)
def _grid_of(rate: float) -> Grid | None:
    """Return the frames of a medium, or the samples of a sound; None below one in a second."""
    exact = exact_rate(rate)
    return Grid.at(exact) if exact >= 1 else None


def _time_text(value: float, rate: float) -> str:
    """Return OTIO's time as FCPXML has it, in ticks of its own rate where it has whole ones."""
    grid = _grid_of(rate)
    if grid is not None and value == int(value):
        return grid.text(int(value))
    return time_text(exact_seconds(light.Time(value, rate)))
