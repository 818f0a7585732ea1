"""Write sequences: a timeline's, and those nested in its tracks."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

from otio_idolsync.cut.blocks import KEY
from otio_idolsync.interchange.song_marks import piece_of, piece_under, song_url
from otio_idolsync.interchange.xmeml import foreign
from otio_idolsync.interchange.xmeml.carrier import block_xml
from otio_idolsync.interchange.xmeml.forms import (
    Form,
    Grid,
    Placed,
    kind_of,
    media_of,
    range_of,
)
from otio_idolsync.interchange.xmeml.values import (
    holds,
    nearest,
    rate_xml,
    text_xml,
    writable_rate,
)
from otio_idolsync.interchange.xmeml.write_item import SCHEMA, Desk, nest_xml
from otio_idolsync.interchange.xmeml.write_marks import RIDES, marker_xml
from otio_idolsync.interchange.xmeml.write_media import Files, pixels_of
from otio_idolsync.interchange.xmeml.write_source import is_warp
from otio_idolsync.interchange.xmeml.write_track import Laid, lay_out, track_xml
from otio_idolsync.timebase import Clock, can_drop_frames

_SEQUENCE_PARTS = ("name", "duration", "rate", "media", "marker", "timecode", "metadata", "doubts")
_SIZE = (1920, 1080)


def note_media(files: Files, stack: Form) -> None:
    """Remember which media a stack's tracks use as picture and as sound."""
    for track in stack.get("children") or ():
        _note(files, track, "audio" if track.get("kind") == "Audio" else "video")


def _note(files: Files, item: Form, kind: str) -> None:
    if kind_of(item) == "Clip":
        files.note(media_of(item), kind)
        return
    for child in item.get("children") or ():
        own = child.get("kind") if kind_of(child) == "Track" else None
        _note(files, child, {"Audio": "audio", "Video": "video"}.get(str(own), kind))


def timeline_xml(desk: Desk, timeline: Form) -> str:
    """Return a timeline's ``<sequence>``."""
    metadata = timeline.get("metadata") or {}
    plan = foreign.dictionary(metadata.get(KEY))
    stack = timeline["tracks"]
    kept = foreign.dictionary(metadata.get(foreign.KEY))
    desk.plan, desk.size = plan, _size(plan, kept)
    asked = desk.grid.rate
    if not writable_rate(asked) or asked > 240:
        rate = Fraction(max(1, min(240, nearest(asked))))
        desk.grid = Grid(rate, float(rate))
        desk.losses.append(
            f"xmeml has no rate of {float(asked):g} frames per second; cuts are rounded to "
            f"frames at {rate}"
        )
    block: dict[str, Any] = {"schema": SCHEMA}
    if metadata:
        block["m"] = metadata
    name = str(timeline.get("name") or "")
    if not holds(name):
        block["n"] = name
    head, drop = "", None
    if start := timeline.get("global_start_time"):
        first = nearest(desk.grid.frames(start))
        if start["value"] != first or start["rate"] != desk.grid.otio_rate or first < 0:
            block["start"] = [start["value"], start["rate"]]
        drop = _drops(desk.grid.rate, max(0, first), plan, kept)
        head = _timecode_xml(desk.grid.rate, max(0, first), drop)
    elif asked != desk.grid.rate:
        block["start"] = None
    _stack_block(desk, stack, block)
    return _sequence_xml(desk, stack, name, kept, block, head)


def _stack_block(desk: Desk, stack: Form, block: dict[str, Any]) -> None:
    values = {"name": "tracks", "enabled": True, "metadata": {}, "color": None}
    values |= {"effects": [], "source_range": None}
    changed = {k: stack[k] for k, v in values.items() if stack.get(k, v) != v}
    if changed:
        block["stack"] = changed
    if stack.get("source_range"):
        desk.losses.append(
            f"the range of stack {stack.get('name', '')!r} is not applied: editors show all of it"
        )


def _sequence_xml(
    desk: Desk, stack: Form, name: str, kept: Form, block: dict[str, Any], timecode: str
) -> str:
    desk.next_sequence += 1
    sequence_id = f"sequence-{desk.next_sequence}"
    children = [_track_form(child) for child in stack.get("children") or ()]
    laid = lay_out(desk, children)
    marks = _ridden(desk, stack, laid)
    ordered = sorted(laid, key=lambda one: one.media != "video")
    if [one.index for one in laid] != [one.index for one in ordered]:
        block["ordered"] = True
    texts: dict[str, list[str]] = {"video": [], "audio": []}
    for one in ordered:
        texts[one.media].append(track_xml(desk, one, _nested))
    length = max((one.lane.length for one in laid), default=0)
    if moved := sum(one.lane.moved for one in laid if one.pair != 1):
        desk.losses.append(
            f"cuts between two frames of {float(desk.grid.rate):.6g} a second are moved to the "
            f"nearest: {moved}"
        )
    attributes = foreign.attributes_xml(kept, ("@id",))
    if desk.dialect.exploded and "@explodedTracks" not in kept:
        attributes += ' explodedTracks="true"'
    media = foreign.dictionary(kept.get("media"))
    marks += _lifted(desk, laid)
    return (
        f'<sequence id="{sequence_id}"{attributes}><name>{text_xml(name)}</name>'
        f"<duration>{length}</duration>{rate_xml(desk.grid.rate)}{timecode}\n<media><video>"
        f"{_video_xml(desk, media)}\n{''.join(texts['video'])}</video><audio>"
        f"{_audio_xml(desk, media, laid)}\n{''.join(texts['audio'])}</audio></media>\n"
        f"{''.join(marks)}{foreign.children_xml(kept, _SEQUENCE_PARTS)}{block_xml(block)}"
        "</sequence>\n"
    )


def _ridden(desk: Desk, stack: Form, laid: list[Laid]) -> list[str]:
    """Let a stack's markers ride on the song, and return those that lie on the sequence."""
    grid = desk.grid
    url = song_url(one.track for one in laid) if desk.on_song else ""
    pieces = [
        piece
        for one in laid
        if one.media == "audio" and one.pair != 1
        for item in one.items
        if not any(map(is_warp, item.form.get("effects") or ()))
        and (piece := piece_of(item.form, url, item.start, item.end, grid.rate, item))
    ]
    out = []
    for number, marker in enumerate(stack.get("markers") or ()):
        frame = nearest(grid.frames(marker["marked_range"]["start_time"]))
        piece = piece_under(pieces, frame, grid.rate, marker)
        if piece is None:
            out.append(marker_xml(marker, grid, extra={RIDES: number} if pieces else None))
        else:
            piece.clip.riders.append((number, marker))
    return out


def _track_form(child: Form) -> Form:
    """Return a stack's child as a plain track; what is none gets one around it."""
    if kind_of(child) == "Track" and not child.get("source_range"):
        return child
    kind = child.get("kind") if kind_of(child) == "Track" else "Video"
    return {"OTIO_SCHEMA": "Track.1", "kind": kind, "children": [child], "wrapped": True}


def _nested(desk: Desk, placed: Placed) -> str:
    item = placed.form
    kept = foreign.dictionary((item.get("metadata") or {}).get(foreign.KEY))
    inner = foreign.dictionary(kept.get("sequence"))
    block: dict[str, Any] = {}
    if kind_of(item) == "Track":
        block["track"] = item.get("kind")
        stack: Form = {
            "children": [
                {
                    **item,
                    "metadata": {},
                    "markers": [],
                    "name": "",
                    "source_range": None,
                    "effects": [],
                    "enabled": True,
                }
            ]
        }
    else:
        stack = {"children": item.get("children") or []}
    name = str(inner.get("name") or item.get("name") or "")
    kept_inner = {k: v for k, v in inner.items() if k != "name"}
    key = json.dumps([name, stack, kept_inner], sort_keys=True)
    known = desk.nested.get(key)
    if known and not desk.dialect.repeat_sequences:
        return nest_xml(desk, placed, f'<sequence id="{known}"/>', block)
    desk.nested[key] = f"sequence-{desk.next_sequence + 1}"
    text = _sequence_xml(desk, stack, name, kept_inner, {"schema": SCHEMA}, "")
    return nest_xml(desk, placed, text, block)


def _size(plan: Form, kept: Form) -> tuple[int, int] | None:
    given = foreign.dictionary(plan.get("settings")).get("size")
    if isinstance(given, list) and len(given) == 2 and all(isinstance(n, int) for n in given):
        return (given[0], given[1]) if min(given) > 0 else None
    video = foreign.dictionary(foreign.dictionary(kept.get("media")).get("video"))
    return pixels_of(
        foreign.dictionary(foreign.dictionary(video.get("format")).get("samplecharacteristics"))
    )


def _drops(rate: Fraction, first: int, plan: Form, kept: Form) -> bool:
    if not can_drop_frames(rate):
        return False
    told = foreign.dictionary(plan.get("settings")).get("drop_frame")
    if isinstance(told, bool):
        return told
    shown = foreign.dictionary(kept.get("timecode")).get("displayformat")
    if shown in ("DF", "NDF"):
        return bool(shown == "DF")
    even = Clock(rate, False, 0).timecode(first).endswith(":00:00:00")
    return not even


def _timecode_xml(rate: Fraction, first: int, drop: bool) -> str:
    shown = Clock(rate, drop, 0).timecode(first)
    return (
        f"<timecode>{rate_xml(rate)}<string>{shown}</string><frame>{first}</frame>"
        f"<displayformat>{'DF' if drop else 'NDF'}</displayformat></timecode>"
    )


def _video_xml(desk: Desk, media: Form) -> str:
    kept = foreign.dictionary(media.get("video"))
    if kept:
        return foreign.children_xml(kept, ("track",))
    width, height = desk.size or _SIZE
    return (
        f"<format><samplecharacteristics>{rate_xml(desk.grid.rate)}<width>{width}</width>"
        f"<height>{height}</height><anamorphic>FALSE</anamorphic>"
        "<pixelaspectratio>square</pixelaspectratio><fielddominance>none</fielddominance>"
        "</samplecharacteristics></format>"
    )


def _audio_xml(desk: Desk, media: Form, laid: list[Laid]) -> str:
    kept = foreign.dictionary(media.get("audio"))
    if kept:
        return foreign.children_xml(kept, ("track",))
    groups = "".join(
        f"<group><index>{n}</index><numchannels>1</numchannels><downmix>0</downmix>"
        f"<channel><index>{n}</index></channel></group>"
        for n in (1, 2)
    )
    return (
        "<numOutputChannels>2</numOutputChannels><format><samplecharacteristics>"
        "<depth>16</depth><samplerate>48000</samplerate></samplecharacteristics></format>"
        f"<outputs>{groups}</outputs>"
    )


def _lifted(desk: Desk, laid: list[Laid]) -> list[str]:
    """Return markers of tracks and gaps, which xmeml holds on the sequence only."""
    out = []
    for one in laid:
        if one.pair == 1:
            continue
        for marker in one.track.get("markers") or ():
            out.append(marker_xml(marker, desk.grid, extra={"track": one.index}))
        for number, run in enumerate(one.lane.gaps):
            at = Fraction(run["at"][0])
            for gap in run["gaps"]:
                start, duration = range_of(gap)
                origin = (desk.grid.frames(start) if start else 0) - at
                for marker in gap.get("markers") or ():
                    extra = {"gap": [one.index, number]}
                    out.append(marker_xml(marker, desk.grid, origin, extra))
                at += desk.grid.frames(duration)
    return out
