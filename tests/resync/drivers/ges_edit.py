"""Edit a timeline in GStreamer Editing Services: ``ges_edit.py IN EDITS.json OUT``.

``IN`` and ``OUT`` are ``.otio``, or ``.xml`` through OpenTimelineIO's own xmeml adapter; GES reads
and writes its own format in between. Needs a Python with ``gi``, ``otio-xges-adapter`` and
``otio-fcp-adapter``. An edit is ``{"do", "clip", ...}`` with times in timeline frames: trim, ripple
or roll an ``edge`` ``to`` a frame; move ``to``; slip ``by``; split ``at``; replace with ``path``;
delete. Without a clip: a marker ``at`` with ``text``, and ``path`` over all ``at``, for ``frames``.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from pathlib import Path

import gi
import opentimelineio as otio

gi.require_version("Gst", "1.0")
gi.require_version("GES", "1.0")
from gi.repository import GES, GLib, Gst  # noqa: E402

RATE, SIZE = 24, (640, 360)
MODES = {
    "trim": GES.EditMode.EDIT_TRIM,
    "ripple": GES.EditMode.EDIT_RIPPLE,
    "roll": GES.EditMode.EDIT_ROLL,
    "move": GES.EditMode.EDIT_NORMAL,
}
EDGES = {"start": GES.Edge.EDGE_START, "end": GES.Edge.EDGE_END, "": GES.Edge.EDGE_NONE}


def nanoseconds(frame: int) -> int:
    return round(frame * Gst.SECOND / RATE)


def opened(path: Path) -> GES.Timeline:
    """Return a project's timeline with all its media found."""
    loop, errors = GLib.MainLoop(), []

    def fail(*said: object) -> None:
        errors.append(str(said[1:]))
        loop.quit()

    project = GES.Project.new(path.as_uri())
    project.connect("loaded", lambda *_: loop.quit())
    project.connect("error-loading-asset", fail)
    project.connect("error-loading", fail)
    project.connect("missing-uri", fail)
    timeline = project.extract()
    GLib.timeout_add_seconds(60, lambda: fail(None, "took longer than a minute"))
    loop.run()
    if errors:
        sys.exit(f"GES cannot open {path}: {errors[0]}")
    return timeline


def edit(timeline: GES.Timeline, edits: list[dict]) -> None:
    timeline.set_property("auto-transition", False)
    clips = {c.get_name(): c for layer in timeline.get_layers() for c in layer.get_clips()}
    for one in edits:
        clip = clips.get(one.get("clip"))
        done = on_timeline(timeline, one) if clip is None else on_clip(clip, one)
        if not done:
            sys.exit(f"GES refuses {one}")
    timeline.commit()


def on_clip(clip: GES.Clip, one: dict) -> bool:
    do = one["do"]
    if do in MODES:
        edge = EDGES[one.get("edge", "")]
        return clip.edit_full(-1, MODES[do], edge, nanoseconds(one["to"]))
    if do == "slip":
        return clip.set_inpoint(clip.get_inpoint() + nanoseconds(one["by"]))
    if do == "split":
        return clip.split(nanoseconds(one["at"])) is not None
    if do == "replace":
        return clip.set_asset(GES.UriClipAsset.request_sync(Path(one["path"]).as_uri()))
    return do == "delete" and clip.get_layer().remove_clip(clip)


def on_timeline(timeline: GES.Timeline, one: dict) -> bool:
    at, lasts = nanoseconds(one["at"]), nanoseconds(one.get("frames", 0))
    if one["do"] == "marker":
        if timeline.get_marker_list("markers") is None:
            timeline.set_marker_list("markers", GES.MarkerList.new())
        markers = timeline.get_marker_list("markers")
        marker = markers.add(at)
        marker.set_uint("marker-color", 0xFFFF00FF)  # the adapter drops one without a colour
        return marker.set_string("comment", one["text"])
    if one["do"] == "over":
        layer = timeline.append_layer()
        timeline.move_layer(layer, 0)  # the first layer is GES's topmost
        asset = GES.UriClipAsset.request_sync(Path(one["path"]).as_uri())
        return layer.add_asset(asset, at, 0, lasts, GES.TrackType.VIDEO) is not None
    return False


def save(timeline: GES.Timeline, path: Path) -> None:
    caps = f"video/x-raw,width={SIZE[0]},height={SIZE[1]},framerate={RATE}/1"
    for track in timeline.get_tracks():
        if track.get_property("track-type") == GES.TrackType.VIDEO:
            track.set_restriction_caps(Gst.Caps.from_string(caps))
    timeline.save_to_uri(path.as_uri(), None, True)
    # GES 1.22 writes flags that otio-xges-adapter cannot parse: it would drop every marker
    text = re.sub(r"marker-list-flags, flags=\(int\)\d+; ", "", path.read_text())
    path.write_text(text)


def main(given: str, edits: str, out: str) -> None:
    Gst.init(None)
    GES.init()
    with tempfile.TemporaryDirectory() as folder:
        inner, outer = Path(folder, "in.xges"), Path(folder, "out.xges")
        otio.adapters.write_to_file(otio.adapters.read_from_file(given), str(inner))
        timeline = opened(inner)
        edit(timeline, json.loads(Path(edits).read_text()))
        save(timeline, outer)
        otio.adapters.write_to_file(otio.adapters.read_from_file(str(outer)), out)


if __name__ == "__main__":
    main(*sys.argv[1:])
