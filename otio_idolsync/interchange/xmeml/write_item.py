"""Write clips, generators, nested sequences and transitions as track items."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from otio_idolsync.interchange.dissolves import DISSOLVE, is_dissolve
from otio_idolsync.interchange.identity import ShotTag, uuid_of
from otio_idolsync.interchange.xmeml import foreign
from otio_idolsync.interchange.xmeml.carrier import block_xml
from otio_idolsync.interchange.xmeml.dialects import Dialect
from otio_idolsync.interchange.xmeml.forms import (
    Form,
    Grid,
    Placed,
    media_of,
    range_of,
    seconds_of,
)
from otio_idolsync.interchange.xmeml.motion import fit_xml, is_motion
from otio_idolsync.interchange.xmeml.paths import is_relative, is_still
from otio_idolsync.interchange.xmeml.speed import retiming_xml
from otio_idolsync.interchange.xmeml.values import (
    Count,
    holds,
    rate_xml,
    text_xml,
)
from otio_idolsync.interchange.xmeml.write_blocks import media_block, url_of_form
from otio_idolsync.interchange.xmeml.write_marks import RIDES, marker_xml
from otio_idolsync.interchange.xmeml.write_media import File, Files, generator_xml, shown_name
from otio_idolsync.interchange.xmeml.write_source import Source, is_warp, kept_of, source_of

SCHEMA = "idolsync.xmeml/1"
_ITEM_PARTS = tuple(
    (
        "name duration rate start end in out file marker effect sequence filter enabled "
        "pproTicksIn pproTicksOut stillframe link sourcetrack metadata uuid comments "
        "logginginfo masterclipid"
    ).split()
)

_TRANSITION_PARTS = ("effect", "start", "end", "alignment", "cutPointTicks", "rate", "metadata")


@dataclass(slots=True)
class Desk:
    """What all parts of one document's writing share."""

    dialect: Dialect
    grid: Grid
    files: Files
    on_song: bool = False
    plan: Form = field(default_factory=dict)
    size: tuple[int, int] | None = None
    losses: list[str] = field(default_factory=list)
    relative: list[str] = field(default_factory=list)
    seen_tags: dict[str, int] = field(default_factory=dict)
    next_item: int = 0
    next_sequence: int = 0
    nested: dict[str, str] = field(default_factory=dict)

    def item_id(self) -> str:
        """Return a new id for a track item."""
        self.next_item += 1
        return f"clipitem-{self.next_item}"


def clip_xml(
    desk: Desk, placed: Placed, tag: ShotTag | None, channel: int = 0, twin: bool = False
) -> str:
    """Return a clip as a ``<clipitem>``.

    Args:
        desk: The document.
        placed: The clip.
        tag: Its shot's id.
        channel: Which channel of its sound this item plays; 0 for a picture.
        twin: Whether it is the second half of a stereo pair, whose file the first one tells.
    """
    clip, grid = placed.form, desk.grid
    reference = media_of(clip)
    file = desk.files.file(reference, grid)
    start_form, duration = range_of(clip)
    start = grid.frames(start_form) if start_form else 0
    origin = file.origin
    kept, stands = _standing(desk, clip, reference, duration)
    source = source_of(placed, start, origin, file, stands)
    block = media_block(desk.dialect, clip, reference, file)
    _ranged(desk, clip, block, source, placed, origin)
    url = str(reference.get("target_url") or "")
    if url and is_relative(url):
        desk.relative.append(url)
    still = "<stillframe>TRUE</stillframe>" if is_still(url) else ""
    kind = "audio" if channel else "video"
    sound = _sound_xml(channel) if channel else ""
    shown = f'<file id="{file.id}"/>' if twin else generator_xml(reference) or file.xml
    body = (
        f"{shown}{still}{sound}{_filters_xml(desk, clip, stands, source, kind)}"
        f"{_fit(desk, file, kind, clip, kept)}"
        f"{''.join(marker_xml(m, grid, origin) for m in clip.get('markers') or ())}"
        f"{'' if twin else _riders_xml(placed, grid, source)}"
        f"{tag_xml(desk, tag, kept)}{foreign.children_xml(kept, _ITEM_PARTS)}"
    )
    text = _item_xml(desk, placed, block, source, body, kept, channel)
    return _as_generator(text) if shown.startswith("<effect") else text


def _riders_xml(placed: Placed, grid: Grid, source: Source) -> str:
    """Return the timeline's markers that ride on a clip, counted from its media's first frame."""
    if not placed.riders:
        return ""
    origin = placed.start - (placed.head or 0) - source.first
    return "".join(marker_xml(m, grid, origin, {RIDES: n}) for n, m in placed.riders)


def _as_generator(text: str) -> str:
    inner = text.removeprefix("<clipitem").removesuffix("</clipitem>\n")
    return f"<generatoritem{inner}</generatoritem>\n"


def nest_xml(desk: Desk, placed: Placed, sequence: str, block: dict[str, Any]) -> str:
    """Return a nested composition as a ``<clipitem>`` around its sequence."""
    item, grid = placed.form, desk.grid
    start_form, _ = range_of(item)
    source = source_of(placed, grid.frames(start_form) if start_form else 0, 0, None)
    _ranged(desk, item, block, source, placed, 0)
    kept = foreign.dictionary((item.get("metadata") or {}).get(foreign.KEY))
    kind = placed.place[0]
    sound = _sound_xml(1) if kind == "audio" else ""
    body = (
        f"{sequence}{sound}{_filters_xml(desk, item, True, source, kind)}"
        f"{''.join(marker_xml(m, grid) for m in item.get('markers') or ())}"
        f"{foreign.children_xml(kept, _ITEM_PARTS)}"
    )
    return _item_xml(desk, placed, block, source, body, kept, 0)


def _item_xml(
    desk: Desk,
    placed: Placed,
    block: dict[str, Any],
    source: Source,
    body: str,
    kept: Form,
    channel: int,
) -> str:
    item, name = placed.form, str(placed.form.get("name") or "")
    start = placed.start if placed.head is None else -1
    end = placed.end if placed.tail is None else -1
    ticks = _ticks_xml(desk, source) if desk.dialect.ticks else ""
    attributes = foreign.attributes_xml(kept, ("@id", foreign.AS_READ, "@premiereChannelType"))
    if channel and desk.dialect.exploded:
        attributes += ' premiereChannelType="stereo"' if channel > 0 else ""
    whole = int(source.keys[-1][0]) if source.keys else max(0, source.first + source.span)
    return (
        f'<clipitem id="{placed.id}"{attributes}><name>{text_xml(name or _unnamed(item))}</name>'
        f"<duration>{whole}</duration>{rate_xml(desk.grid.rate)}"
        f"<start>{start}</start><end>{end}</end>"
        f"<in>{source.first}</in><out>{source.first + source.span}</out>{ticks}"
        f"<enabled>{'TRUE' if item.get('enabled', True) else 'FALSE'}</enabled>"
        f"{body}{block_xml(block)}{placed.links}</clipitem>\n"
    )


def _unnamed(item: Form) -> str:
    """Return what an item without a name is shown as: OpenShot ends at a blank name."""
    return shown_name(media_of(item)) or "unnamed"


def _ticks_xml(desk: Desk, source: Source) -> str:
    speed = abs(Fraction(source.scalar).limit_denominator(1_000_000)) if source.keys else 1
    into, out = desk.grid.ticks(source.offset), desk.grid.ticks(source.offset + source.span * speed)
    return f"<pproTicksIn>{into}</pproTicksIn><pproTicksOut>{out}</pproTicksOut>"


def _ranged(
    desk: Desk, item: Form, block: dict[str, Any], source: Source, placed: Placed, origin: Count
) -> None:
    """Add to a block what a reader of the frames alone would not find."""
    block["schema"] = SCHEMA
    if item.get("metadata"):
        block["m"] = item["metadata"]
    if item.get("color"):
        block["c"] = item["color"]
    name = str(item.get("name") or "")
    if not name or not holds(name):
        block["n"] = name
    if item.get("effects"):
        block["e"] = item["effects"]
    given = item.get("source_range")
    if not given:
        block["s"] = None
        return
    start, duration = given["start_time"], given["duration"]
    rate = desk.grid.otio_rate
    found = origin + source.first + (placed.head or 0)
    plain = (
        start["rate"] == duration["rate"] == rate
        and duration["value"] == placed.end - placed.start
        and source.scalar == 1
        and start["value"] == float(found)
    )
    if not plain:
        block["s"] = [start["value"], start["rate"], duration["value"], duration["rate"]]


def _standing(desk: Desk, clip: Form, reference: Form, duration: Form) -> tuple[Form, bool]:
    kept = foreign.dictionary((clip.get("metadata") or {}).get(foreign.KEY))
    if not kept or foreign.AS_READ not in kept:
        return kept, True
    start, _ = range_of(clip)
    begin = float(seconds_of(start)) if start else 0.0
    now = foreign.signature(url_of_form(reference), begin, float(seconds_of(duration)))
    fitting, lost = foreign.standing(kept, now)
    if lost:
        desk.losses.append(
            f"clip {clip.get('name', '')!r} was changed since it was read: its {', '.join(lost)} "
            "from the editor no longer fit and are left out"
        )
    return fitting, bool(kept[foreign.AS_READ] == now)


def _filters_xml(desk: Desk, item: Form, stands: bool, source: Source, kind: str) -> str:
    out: list[str] = []
    effects = item.get("effects") or ()
    if source.keys:
        out.append(retiming_xml(source.scalar, source.keys, kind))
    for effect in effects:
        values = kept_of(effect)
        if is_warp(effect) and (source.keys or not values):
            if values:
                desk.losses.append(_gone(item, effect))
        elif not values:
            desk.losses.append(
                f"effect {effect.get('name', '')!r} of {item.get('name', '')!r} has no form "
                "in xmeml; editors will not show it"
            )
        elif stands or not foreign.timed(values):
            out.append(_filter_xml(effect, values))
        else:
            desk.losses.append(_gone(item, effect))
    return "".join(out)


def _gone(item: Form, effect: Form) -> str:
    return (
        f"clip {item.get('name', '')!r} was changed since it was read: its filter "
        f"{effect.get('name', '')!r} from the editor no longer fits and is left out"
    )


def _filter_xml(effect: Form, values: Form) -> str:
    outer = foreign.dictionary(values.get("filter"))
    name = text_xml(str(effect.get("name") or ""))
    inner = foreign.children_xml(values, ("filter", "name"))
    attributes = foreign.attributes_xml(values)
    return (
        f"<filter{foreign.attributes_xml(outer)}>{foreign.children_xml(outer)}"
        f"<effect{attributes}><name>{name}</name>{inner}</effect></filter>"
    )


def _fit(desk: Desk, file: File, kind: str, clip: Form, kept: Form) -> str:
    if kind != "video" or not desk.size or not file.size or kept:
        return ""
    if any(is_motion(kept_of(effect)) for effect in clip.get("effects") or ()):
        return ""
    return fit_xml(file.size, desk.size, "fit")


def _sound_xml(channel: int) -> str:
    return (
        "<sourcetrack><mediatype>audio</mediatype>"
        f"<trackindex>{max(1, channel)}</trackindex></sourcetrack>"
    )


def tag_xml(desk: Desk, tag: ShotTag | None, kept: Form) -> str:
    """Return the carriers of a shot's id, and the editor's own texts where there is none."""
    if tag is None:
        return foreign.children_xml(
            {k: kept[k] for k in ("comments", "logginginfo", "uuid") if k in kept}
        )
    count = desk.seen_tags[str(tag)] = desk.seen_tags.get(str(tag), -1) + 1
    logged = dict(foreign.dictionary(kept.get("logginginfo")))
    logged["lognote"] = _with_tag(logged.get("lognote"), tag)
    noted = dict(foreign.dictionary(kept.get("comments")))
    noted["mastercomment1"] = _with_tag(noted.get("mastercomment1"), tag)
    noted["clipcommenta"] = _with_tag(noted.get("clipcommenta"), tag)
    return foreign.children_xml(
        {"uuid": uuid_of(tag, count), "logginginfo": logged, "comments": noted}
    )


def _with_tag(text: Any, tag: ShotTag) -> str:
    given = str(text or "")
    return given if str(tag) in given else f"{given} {tag}".strip()


def transition_xml(desk: Desk, placed: Placed, before: bool, behind: bool) -> str:
    """Return a transition.

    Args:
        desk: The document.
        placed: It; its ``head`` is the frame of the cut.
        before: Whether a clip ends at the cut.
        behind: Whether a clip begins there.
    """
    form, grid = placed.form, desk.grid
    cut = placed.head or 0
    block: dict[str, Any] = {"schema": SCHEMA}
    if form.get("metadata"):
        block["m"] = form["metadata"]
    name = str(form.get("name") or "")
    kept = foreign.dictionary((form.get("metadata") or {}).get(foreign.KEY))
    effect = foreign.dictionary(kept.get("effect"))
    shown = name or str(effect.get("name") or "Cross Dissolve")
    if shown != name or not holds(name):
        block["n"] = name
    transition_type = str(form.get("transition_type") or "")
    if transition_type != DISSOLVE:
        block["type"] = form.get("transition_type")
    if not effect and placed.place[0] == "video" and not is_dissolve(transition_type, name):
        desk.losses.append(f"transition {name or transition_type!r} is shown as a cross dissolve")
    offsets = [form["in_offset"], form["out_offset"]]
    whole = [float(cut - placed.start), float(placed.end - cut)]
    if any(
        o["rate"] != grid.otio_rate or o["value"] != w for o, w in zip(offsets, whole, strict=True)
    ):
        block["offsets"] = [x for o in offsets for x in (o["value"], o["rate"])]
    ticks = grid.ticks(cut - placed.start)
    kind = placed.place[0]
    return (
        f"<transitionitem><start>{placed.start}</start><end>{placed.end}</end>"
        f"<alignment>{_alignment(placed, cut, before, behind)}</alignment>"
        f"<cutPointTicks>{ticks}</cutPointTicks>{rate_xml(grid.rate)}"
        f"{_effect_xml(effect, shown, kind)}"
        f"{foreign.children_xml(kept, _TRANSITION_PARTS)}"
        f"{block_xml(block)}</transitionitem>\n"
    )


def _alignment(placed: Placed, cut: int, before: bool, behind: bool) -> str:
    if cut == placed.start:
        return "start" if before else "start-black"
    if cut == placed.end:
        return "end" if behind else "end-black"
    return "center"


def _effect_xml(effect: Form, name: str, kind: str) -> str:
    if effect:
        inner = foreign.children_xml(effect, ("name",))
        return f"<effect><name>{text_xml(name)}</name>{inner}</effect>"
    effect_id, category = (
        ("Cross Dissolve", "Dissolve")
        if kind == "video"
        else ("KGAudioTransCrossFade3dB", "audio transition")
    )
    return (
        f"<effect><name>{text_xml(name)}</name><effectid>{effect_id}</effectid>"
        f"<effectcategory>{category}</effectcategory><effecttype>transition</effecttype>"
        f"<mediatype>{kind}</mediatype><wipecode>0</wipecode><wipeaccuracy>100</wipeaccuracy>"
        "<startratio>0</startratio><endratio>1</endratio><reverse>FALSE</reverse></effect>"
    )
