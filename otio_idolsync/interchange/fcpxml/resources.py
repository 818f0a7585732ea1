"""The resources of an FCPXML document as a reader needs them: formats, media, effects."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import opentimelineio as otio

from otio_idolsync.cut.url import name_in
from otio_idolsync.interchange.fcpxml.carrier import metadata_of, object_of, split_note
from otio_idolsync.interchange.fcpxml.formats import rate_of_format
from otio_idolsync.interchange.fcpxml.kept import KEY, OWN_MD, REFERENCES, text_of
from otio_idolsync.interchange.fcpxml.times import Grid, length_of, seconds_of
from otio_idolsync.interchange.metadata import put

STILL_SECONDS = 24 * 3600
MISSING_URL = "file:///missing/"
PLACEHOLDER = ".../Generators.localized/Elements.localized/Placeholder.localized/Placeholder.motn"
_NUMBERED = re.compile(r"(.*)\[(\d{1,12})-(\d{1,12})\](\.\w+)", re.DOTALL)
_OWN = frozenset("id name src start duration hasVideo hasAudio format".split())
_OWN_CHILDREN = frozenset(("media-rep", "metadata"))
_OWN_VALUES = {"audioSources": "1", "audioChannels": "2", "audioRate": "48000"}


@dataclass(slots=True, eq=False)
class Asset:
    """One medium, read once for all the clips that show it.

    Attributes:
        key: Its resource id.
        url: As the file has it.
        name: Its name.
        start: First second, in the medium's own time.
        duration: Seconds; 0 for a still.
        rate: Its frame rate, or the sample rate of sound; None where the file does not say.
        has_video: Whether it has a picture.
        has_audio: Whether it has sound.
        block: What this package had written of it.
        foreign: Whether it has more than this package would write of it again.
    """

    key: str
    url: str
    name: str
    start: Fraction
    duration: Fraction
    rate: Fraction | None
    has_video: bool
    has_audio: bool
    block: dict[str, Any]
    foreign: bool

    @property
    def still(self) -> bool:
        """Whether it is a picture without end."""
        return self.has_video and self.duration == 0

    def on_grid(self, time: Fraction) -> bool:
        """Return whether a time lies at the start of one of the medium's frames."""
        return self.rate is not None and self.has_video and (time * self.rate).denominator == 1


class Resources:
    """All resources of a document, by id."""

    def __init__(self, root: Any) -> None:
        """Take the resources of a parsed document."""
        self._elements: dict[str, Any] = {}
        # Before version 1.5 they lie in the project.
        for resources in root.iter("resources"):
            for element in resources:
                self._elements.setdefault(element.get("id", ""), element)
        self._assets: dict[str, Asset] = {}
        self._rates: dict[str, Fraction | None] = {}

    def get(self, key: str | None) -> Any:
        """Return a resource, or None."""
        return self._elements.get(key or "")

    def of(self, element: Any, *kinds: str) -> Any:
        """Return the resource that a clip refers to; None where the file has none such."""
        found = self._elements.get(element.get("ref", ""))
        return found if found is not None and found.tag in kinds else None

    def rate(self, key: str | None) -> Fraction | None:
        """Return the rate of a format; None where there is none."""
        if not key:
            return None
        if key not in self._rates:
            found = self._elements.get(key)
            has_rate = found is not None and found.tag == "format"
            self._rates[key] = rate_of_format(found) if has_rate else None
        return self._rates[key]

    def any_rate(self) -> Fraction | None:
        """Return the rate of the first format that has one."""
        formats = (key for key, found in self._elements.items() if found.tag == "format")
        return next((rate for rate in map(self.rate, formats) if rate), None)

    def assets(self) -> list[Asset]:
        """Return every medium of the document."""
        return [self.asset(key) for key, found in self._elements.items() if found.tag == "asset"]

    def asset(self, key: str) -> Asset:
        """Return a medium by its id, which must be an asset's."""
        if key not in self._assets:
            self._assets[key] = self._read_asset(key, self._elements[key])
        return self._assets[key]

    def _read_asset(self, key: str, element: Any) -> Asset:
        video = element.get("hasVideo", "0") == "1"
        audio = element.get("hasAudio", "0") == "1"
        if not video and not audio:
            video = audio = True
        rate = self.rate(element.get("format"))
        children = _by_tag(element)
        notes = [md for home in children.get("metadata", ()) for md in home.iterchildren("md")]
        samples = element.get("audioRate", "")
        if not video and samples.isdecimal() and 0 < int(samples[:9]) < 10_000_000:
            rate = Fraction(int(samples[:9]))
        return Asset(
            key,
            url_of(element),
            element.get("name", ""),
            seconds_of(element.get("start", "0s")),
            length_of(element) or Fraction(0),
            rate,
            video,
            audio,
            _block_of(notes),
            _is_foreign(element, children, notes),
        )

    def closure(self, keys: Iterable[str]) -> dict[str, str]:
        """Return kept resources as text, with all that they refer to in turn."""
        found: dict[str, str] = {}
        waiting = list(keys)
        while waiting:
            key = waiting.pop()
            element = self._elements.get(key)
            if element is None or key in found:
                continue
            found[key] = text_of(element)
            waiting.extend(references_in(element))
        return found


def references_in(root: Any) -> set[str]:
    """Return every id that an element and its children refer to."""
    return {e.get(name) for e in root.iter() for name in REFERENCES if name in e.attrib}


def _by_tag(element: Any) -> dict[str, list[Any]]:
    children: dict[str, list[Any]] = {}
    for child in element:
        children.setdefault(child.tag, []).append(child)
    return children


def url_of(asset: Any) -> str:
    """Return where a medium lies: the first original named, else whatever is named first; or ""."""
    media = asset.findall("media-rep")
    originals = [m for m in media if m.get("kind", "original-media") == "original-media"]
    named = (place.get("src") for place in (*originals, *media, asset))
    return next((str(url) for url in named if url), "")


def _block_of(notes: list[Any]) -> dict[str, Any]:
    for md in notes:
        if md.get("key") == OWN_MD:
            return split_note(md.get("value"))[1]
    return {}


def _is_foreign(asset: Any, children: dict[str, list[Any]], notes: list[Any]) -> bool:
    for name, value in asset.attrib.items():
        if name not in _OWN and _OWN_VALUES.get(name) != value:
            return True
    media = children.get("media-rep", ())
    if len(media) > 1 or not children.keys() <= _OWN_CHILDREN:
        return True
    plain_media = all(set(m.attrib) <= {"kind", "src"} and not len(m) for m in media)
    return not (plain_media and all(md.get("key") == OWN_MD for md in notes))


def reference_of(asset: Asset, grid: Grid) -> Any:
    """Return a new OTIO media reference to a medium."""
    made = object_of(asset.block["ref"]) if "ref" in asset.block else None
    if isinstance(made, otio.core.MediaReference):
        return made
    if asset.url.startswith(MISSING_URL):
        return otio.schema.MissingReference()
    available = _available(asset, grid)
    sequence = _sequence(asset, grid)
    if sequence is not None:
        sequence.available_range = available
        sequence.name = asset.name
        made = sequence
    else:
        made = otio.schema.ExternalReference(str(asset.block.get("url", asset.url)), available)
        made.name = str(asset.block.get("name", asset.name))
    if "metadata" in asset.block:
        put(made.metadata, metadata_of(asset.block["metadata"]))
    if asset.foreign:
        made.metadata[KEY] = {"asset": asset.key}
    return made


def _available(asset: Asset, grid: Grid) -> Any:
    if "available" in asset.block:
        return object_of(asset.block["available"])
    if asset.still:
        seconds = STILL_SECONDS
        return grid.span(float(asset.start * grid.rate), float(seconds * grid.rate))
    clock = grid if asset.rate in (None, grid.rate) else Grid.at(asset.rate)
    return clock.span(clock.nearest(asset.start), clock.nearest(asset.duration))


def _sequence(asset: Asset, grid: Grid) -> Any:
    """Return an image sequence, where the asset's name or file says ``name[0001-0100].exr``."""
    base, plain = asset.url.rpartition("/")[0], name_in(asset.url)
    if "[" not in plain and "[" not in asset.name:
        return None
    found = _NUMBERED.fullmatch(plain) or _NUMBERED.fullmatch(asset.name)
    if not found:
        return None
    prefix, first, last, suffix = found.groups()
    if plain not in (asset.name, found[0], f"{prefix}{first}{suffix}"):
        return None
    if int(last) < int(first):
        return None
    return otio.schema.ImageSequenceReference(
        target_url_base=f"{base}/",
        name_prefix=prefix,
        name_suffix=suffix,
        start_frame=int(first),
        frame_step=1,
        rate=float(asset.rate or grid.rate),
        frame_zero_padding=len(first),
    )


def picture_generator(effect: Any, element: Any) -> Any:
    """Return a title's or generator's media: what it is, and its parameters by name."""
    kind = effect.get("uid", "") if effect is not None else element.tag
    missing = effect is None and element.tag == "video"
    if missing or (kind == PLACEHOLDER and element.find("param") is None):
        return otio.schema.MissingReference()
    parameters: dict[str, Any] = {}
    for param in element.iterfind("param"):
        if param.get("value") is not None:
            parameters[param.get("key") or param.get("name", "")] = param.get("value")
    words = ["".join(_words_in(text)).strip() for text in element.iterfind("text")]
    if words:
        parameters["text"] = "\n".join(words)
    name = (effect.get("name") if effect is not None else None) or element.tag
    return otio.schema.GeneratorReference(name, kind, parameters=parameters)


def _words_in(text: Any) -> Iterator[str]:
    """Return a title's words without the white space that only indents its XML."""
    for part in text.itertext():
        if part.strip() or "\n" not in part:
            yield part


def start_default(element: Any, asset: Asset | None) -> Fraction:
    """Return a clip's local start: as given, else 0, or its medium's start where 0 is not in it."""
    given = element.get("start")
    if given is not None:
        return seconds_of(given)
    if asset is not None and asset.start > 0 and not asset.still:
        return asset.start
    return Fraction(0)
