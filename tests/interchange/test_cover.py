"""What hides the pictures beneath it, as each dialect says it."""

from __future__ import annotations

from typing import Any

import opentimelineio as otio
import pytest

from otio_idolsync.interchange.appearance.cover import hides

SIZE = (1920, 1080)


def clip(size: tuple[int, int] | None = None) -> otio.schema.Clip:
    made = otio.schema.Clip("a", otio.schema.ExternalReference("/a.mov"))
    if size:
        width, height = map(str, size)
        kept = {"media": {"video": {"samplecharacteristics": {"width": width, "height": height}}}}
        made.media_reference.metadata["fcp_xml"] = kept
    return made


def xmeml(kind: str, size: tuple[int, int] | None = None, **parameters: Any) -> otio.schema.Clip:
    made = clip(size)
    rows = [
        {"parameterid": key}
        | ({"keyframe": [{"when": str(n), "value": str(v)} for n, v in enumerate(value)]}
           if isinstance(value, list) else {"value": value})
        for key, value in parameters.items()
    ]  # fmt: skip
    effect = otio.schema.Effect(kind, kind)
    effect.metadata["fcp_xml"] = {"effectid": kind, "parameter": rows}
    made.effects.append(effect)
    return made


def fcpx(inner: str) -> otio.schema.Clip:
    made = clip()
    made.metadata["fcpx_xml"] = {"xml": f"<asset-clip>{inner}</asset-clip>"}
    return made


@pytest.mark.parametrize(
    ("made", "hidden"),
    [
        (clip(), True),
        (xmeml("basic", (1920, 1080), scale="100"), True),
        (xmeml("basic", scale="100"), True),
        (xmeml("basic", (1920, 1080), scale="40"), False),
        (xmeml("basic", (3840, 2160), scale="50"), True),
        (xmeml("basic", (3840, 2160), scale="25"), False),
        (xmeml("basic", (1080, 1080), scale="100"), True),
        (xmeml("basic", (1920, 1080), scale="100", center={"horiz": "0.3", "vert": "0"}), False),
        (xmeml("basic", (1920, 1080), scale="150", center={"horiz": "0.2", "vert": "0"}), True),
        (xmeml("basic", (1920, 1080), scale=["100", "130"]), True),
        (xmeml("basic", (1920, 1080), scale=["30", "40"]), False),
        (xmeml("opacity", opacity="80"), False),
        (xmeml("opacity", opacity="100"), True),
        (xmeml("opacity", opacity=["0", "100", "100", "0"]), True),
        (xmeml("crop", left="20", right="0", top="0", bottom="0"), False),
        (fcpx('<adjust-transform scale="0.4 0.4"/>'), False),
        (fcpx('<adjust-transform scale="1.2 1.2"/>'), True),
        (fcpx('<adjust-transform position="30 0"/>'), False),
        (fcpx('<adjust-blend amount="0.5"/>'), False),
        (fcpx('<adjust-blend amount="1" mode="14"/>'), False),
    ],
)  # fmt: skip
def test_only_what_fills_the_frame_hides_what_lies_beneath(
    made: otio.schema.Clip, hidden: bool
) -> None:
    assert hides(made, SIZE) is hidden


def test_a_blend_mode_mixes_instead_of_hiding() -> None:
    made = clip()
    made.metadata["fcp_xml"] = {"compositemode": "screen"}
    assert not hides(made, SIZE)
