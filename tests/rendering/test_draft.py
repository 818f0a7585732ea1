"""A draft shows what the final will show: the same framing, half as large."""

from __future__ import annotations

import av
import numpy as np
import opentimelineio as otio
import pytest
from PIL import Image

from otio_idolsync import render

RT, TR = otio.opentime.RationalTime, otio.opentime.TimeRange
SIZE = (160, 96)
# What a draft's coarse encoding alone makes of these pictures is up to 9; another framing from 27.
LIKE = 14


def still(project, name: str, size: tuple[int, int]) -> str:
    """A picture in which every place looks different: a cross over two ramps."""
    across, down = (np.linspace(20, 230, side) for side in size)
    picture = np.zeros((size[1], size[0], 3), np.uint8)
    picture[..., 0], picture[..., 1], picture[..., 2] = across, down[:, None], 60
    picture[size[1] // 2 - 4 : size[1] // 2 + 4] = 255
    picture[:, size[0] // 2 - 4 : size[0] // 2 + 4] = 255
    Image.fromarray(picture).save(project.folder / name)
    return name


def first_picture(movie) -> Image.Image:
    with av.open(str(movie)) as container:
        return next(container.decode(video=0)).to_image()


def differs(project, fit: str) -> float:
    """By how much a draft differs from the final made smaller, 0 to 255, details aside."""
    common = {"fit": fit, "cache": project.folder / "cache"}
    cut = project.save()
    render(cut, project.folder / "final.mp4", missing="slate", **common)
    render(cut, project.folder / "draft.mp4", missing="slate", draft=True, **common)
    final, draft = (first_picture(project.folder / f"{n}.mp4") for n in ("final", "draft"))
    assert (final.size, draft.size) == (SIZE, (SIZE[0] // 2, SIZE[1] // 2))
    one, two = (p.resize((40, 24), Image.Resampling.BOX) for p in (final, draft))
    return float(np.abs(np.asarray(one, float) - np.asarray(two, float)).mean())


@pytest.fixture
def framed(project):
    """A project whose cut says its size."""
    settings = {"schema": "idolsync.timeline/1", "settings": {"size": list(SIZE)}}
    project.timeline.metadata["idolsync"] = settings
    return project


@pytest.mark.parametrize("fit", ["fit", "fill", "crop"])
@pytest.mark.parametrize("size", [(320, 180), (80, 64), (90, 160)])
def test_a_draft_frames_a_picture_as_the_final_does(framed, fit, size):
    framed.shot(still(framed, "a.png", size), 0, 2)
    assert differs(framed, fit) < LIKE


def basic_motion(scale: float, horizontal: float) -> otio.schema.Effect:
    parameters = [
        {"parameterid": "scale", "name": "Scale", "value": str(scale)},
        {"parameterid": "center", "name": "Center",
         "value": {"horiz": str(horizontal), "vert": "0.1"}},
    ]  # fmt: skip
    kept = {"fcp_xml": {"effectid": "basic", "name": "Basic Motion", "parameter": parameters}}
    return otio.schema.Effect("Basic Motion", "Basic Motion", metadata=kept)


@pytest.mark.parametrize("fit", ["fit", "crop"])
@pytest.mark.parametrize("sized", [True, False])
def test_a_draft_scales_and_moves_layers_as_the_final_does(framed, fit, sized):
    if not sized:  # then pictures are scaled from their own pixels in the movie's size
        del framed.timeline.metadata["idolsync"]
    framed.shot(still(framed, "a.png", SIZE), 0, 2)
    upper = otio.schema.Track("V2", kind=otio.schema.TrackKind.Video)
    media = otio.schema.ExternalReference(still(framed, "b.png", (120, 80)))
    upper.append(otio.schema.Clip("b", media, TR(RT(0, 24), RT(2, 24))))
    upper[0].effects.append(basic_motion(50, 0.2))
    framed.timeline.tracks.insert(1, upper)
    assert differs(framed, fit) < LIKE


@pytest.mark.parametrize("fit", ["fit", "crop"])
def test_a_draft_scales_a_nested_sequence_as_the_final_does(framed, fit):
    track = otio.schema.Track("inner", kind=otio.schema.TrackKind.Video)
    media = otio.schema.ExternalReference(still(framed, "a.png", SIZE))
    track.append(otio.schema.Clip("a", media, TR(RT(0, 24), RT(2, 24))))
    nest = otio.schema.Stack("nest", [track], TR(RT(0, 24), RT(2, 24)))
    nest.metadata["fcpx_xml"] = {
        "xml": '<ref-clip><adjust-transform scale="0.5 0.5" position="10 5"/></ref-clip>'
    }
    framed.picture.append(nest)
    assert differs(framed, fit) < LIKE


def test_a_slate_fills_a_draft_that_crops(framed):
    framed.shot(None, 0, 2, shot_id="S001")
    differs(framed, "crop")
    top = np.asarray(first_picture(framed.folder / "draft.mp4"))[0]
    assert top[:, 0].min() > 200  # the bar over the card reaches from side to side
