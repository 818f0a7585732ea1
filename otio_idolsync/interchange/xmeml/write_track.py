"""Write the tracks of a sequence: what lies on them, and how sound is laid out for the editor."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from otio_idolsync.cut.blocks import KEY
from otio_idolsync.interchange.identity import tag_of
from otio_idolsync.interchange.xmeml import foreign
from otio_idolsync.interchange.xmeml.carrier import block_xml
from otio_idolsync.interchange.xmeml.forms import Form, Lane, Placed, kind_of, lane_of, media_of
from otio_idolsync.interchange.xmeml.links import link
from otio_idolsync.interchange.xmeml.values import holds, text_xml
from otio_idolsync.interchange.xmeml.write_item import SCHEMA, Desk, clip_xml, transition_xml

_EXPLODED = "@currentExplodedTrackIndex"
_PAIRED = (_EXPLODED, "@totalExplodedTrackCount", "@premiereTrackType", "@pair")
_TRACK_PARTS = tuple(
    (
        "name clipitem generatoritem transitionitem enabled locked metadata outputchannelindex rate"
    ).split()
)


@dataclass(slots=True)
class Laid:
    """One ``<track>`` to be written.

    Attributes:
        track: Its form.
        media: ``video`` or ``audio``.
        lane: Its items.
        channel: Which channel of the sound its items play, from 1; 0 for a picture.
        pair: 0 for the first half of a pair made of one track, 1 for the second, None otherwise.
        index: The number of the track within the stack.
    """

    track: Form
    media: str
    lane: Lane
    channel: int = 0
    pair: int | None = None
    index: int = 0
    items: list[Placed] = field(default_factory=list)


def lay_out(desk: Desk, children: list[Form]) -> list[Laid]:
    """Return the tracks to be written for a stack's children, their items numbered and linked."""
    laid: list[Laid] = []
    for index, child in enumerate(children):
        media = "audio" if child.get("kind") == "Audio" else "video"
        lane = lane_of(child, desk.grid)
        if media == "video":
            laid.append(Laid(child, media, lane, index=index))
            continue
        given = _kept(child).get(_EXPLODED)
        if given is not None or not desk.dialect.exploded or _mono(desk, lane):
            shown = str(given)
            channel = int(shown) + 1 if shown.isdecimal() and len(shown) < 4 else 1
            laid.append(Laid(child, media, lane, channel, index=index))
            continue
        again = replace(lane, placed=[replace(item) for item in lane.placed])
        laid.append(Laid(child, media, lane, 1, 0, index))
        laid.append(Laid(child, media, again, 2, 1, index))
    _number(desk, laid)
    return laid


def _mono(desk: Desk, lane: Lane) -> bool:
    clips = [item.form for item in lane.placed if kind_of(item.form) == "Clip"]
    return bool(clips) and all(
        desk.files.file(media_of(clip), desk.grid).channels == 1 for clip in clips
    )


def _kept(form: Form) -> Form:
    return foreign.dictionary((form.get("metadata") or {}).get(foreign.KEY))


def _number(desk: Desk, laid: list[Laid]) -> None:
    counts = {"video": 0, "audio": 0}
    for one in laid:
        counts[one.media] += 1
        one.items = [item for item in one.lane.placed if kind_of(item.form) != "Transition"]
        if desk.dialect.plain_edges:
            for item in one.items:
                item.head = item.tail = None
        for number, item in enumerate(one.items, 1):
            item.id = desk.item_id()
            item.place = (one.media, counts[one.media], number)
        for item in one.lane.placed:
            if kind_of(item.form) == "Transition":
                item.place = (one.media, counts[one.media], 0)
    link([one.items for one in laid])


def track_xml(desk: Desk, laid: Laid, nest: Any) -> str:
    """Return a ``<track>``.

    Args:
        desk: The document.
        laid: The track.
        nest: Writes a nested composition: (desk, placed) -> text.
    """
    parts = []
    placed = laid.lane.placed
    for index, item in enumerate(placed):
        kind = kind_of(item.form)
        if kind == "Transition":
            cut = item.head or 0
            before = index > 0 and placed[index - 1].end == cut
            behind = index + 1 < len(placed) and placed[index + 1].start == cut
            parts.append(transition_xml(desk, item, before, behind))
        elif kind == "Clip":
            metadata = item.form.get("metadata") or {}
            ours = metadata.get(KEY) if laid.media == "video" else None
            tag = tag_of(ours, desk.plan) if isinstance(ours, dict) else None
            parts.append(clip_xml(desk, item, tag, laid.channel, laid.pair == 1))
        elif kind in ("Stack", "Track"):
            parts.append(nest(desk, item))
        else:
            desk.losses.append(f"{kind} {item.form.get('name', '')!r} is nothing xmeml can hold")
    track = laid.track
    kept = _kept(track)
    name = str(track.get("name") or "")
    shown = f"<name>{text_xml(name)}</name>" if name else ""
    return (
        f"<track{_attributes(desk, laid, kept)}>{shown}{''.join(parts)}"
        f"<enabled>{_bool(track.get('enabled', True))}</enabled>"
        f"<locked>{_bool(str(kept.get('locked', '')).upper() == 'TRUE')}</locked>"
        f"{_output(desk, laid, kept)}{foreign.children_xml(kept, _TRACK_PARTS)}"
        f"{block_xml(_block(desk, laid))}</track>\n"
    )


def _bool(value: bool) -> str:
    return "TRUE" if value else "FALSE"


def _attributes(desk: Desk, laid: Laid, kept: Form) -> str:
    if laid.pair is None:
        given = foreign.attributes_xml(kept, ("@pair",))
    else:
        given = foreign.attributes_xml(kept, _PAIRED)
        given += (
            f' currentExplodedTrackIndex="{laid.pair}" totalExplodedTrackCount="2"'
            f' premiereTrackType="Stereo" pair="{laid.pair + 1}"'
        )
    return given


def _output(desk: Desk, laid: Laid, kept: Form) -> str:
    if laid.media == "video":
        return ""
    given = str(kept.get("outputchannelindex") or laid.channel)
    return f"<outputchannelindex>{text_xml(given)}</outputchannelindex>"


def _block(desk: Desk, laid: Laid) -> dict[str, Any]:
    track = laid.track
    block: dict[str, Any] = {"schema": SCHEMA, "i": laid.index}
    if track.get("metadata"):
        block["m"] = track["metadata"]
    if not holds(str(track.get("name") or "")):
        block["n"] = track["name"]
    for key, entry in (("color", "c"), ("effects", "e"), ("wrapped", "wrapped")):
        if track.get(key):
            block[entry] = track[key]
    if track.get("kind") not in ("Video", "Audio"):
        block["kind"] = track.get("kind")
    if laid.lane.gaps:
        block["gaps"] = laid.lane.gaps
    if track.get("effects"):
        desk.losses.append(f"effects of track {track.get('name', '')!r} are not shown by editors")
    return block
