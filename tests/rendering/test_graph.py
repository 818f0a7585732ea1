"""Everything that can be seen in a timeline is in the movie: mixed, layered, nested, backwards."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import opentimelineio as otio
import pytest
from PIL import Image

from otio_idolsync import render
from otio_idolsync.errors import RenderError

RT, TR = otio.opentime.RationalTime, otio.opentime.TimeRange
Video = otio.schema.TrackKind.Video


def span(start: float, frames: float, rate: float = 24):
    return TR(RT(start, rate), RT(frames, rate))


def rendered(project, name="movie.mp4", **options):
    movie = project.folder / name
    options = {"size": project.size, "cache": project.folder / "cache"} | options
    return movie, render(project.save(), movie, **options)


def pictures(movie) -> list[np.ndarray]:
    with av.open(str(movie)) as container:
        return [f.to_ndarray(format="rgb24").astype(int) for f in container.decode(video=0)]


def track_above(project, *items, name="V2"):
    track = otio.schema.Track(name, kind=Video)
    track.extend(items)
    project.timeline.tracks.insert(len(project.timeline.video_tracks()), track)
    return track


def still(project, name, color, size=(160, 90), alpha=None):
    picture = Image.new("RGBA" if alpha is not None else "RGB", size, color)
    if alpha is not None:
        picture.putalpha(alpha)
    picture.save(project.folder / name)
    return name


def clip(url, start=0, frames=24, rate=24, **effects):
    reference = otio.schema.ExternalReference(url, span(0, 9600, rate))
    return otio.schema.Clip(url, reference, span(start, frames))


def gap(frames):
    return otio.schema.Gap(source_range=span(0, frames))


def dissolve(before, behind, kind="SMPTE_Dissolve", name="", **metadata):
    made = otio.schema.Transition(name, kind, RT(before, 24), RT(behind, 24))
    made.metadata.update(metadata)
    return made


def levels(movie, spot=(45, 80)) -> list[int]:
    return [int(picture[spot].mean().round()) for picture in pictures(movie)]


def close(got, wanted, within=3):
    assert len(got) == len(wanted)
    assert max(abs(a - b) for a, b in zip(got, wanted, strict=True)) <= within, (got, wanted)


@pytest.mark.parametrize("scalar", [-1.0, -2.0, -0.5])
def test_reverse_shows_the_same_frames_backwards(project, scalar):
    url = project.media("a.mp4", frames=120)
    project.shot(url, 7, 40).effects.append(otio.schema.LinearTimeWarp("", time_scalar=scalar))
    movie, report = rendered(project)
    forward = [7 + int(k * -scalar) for k in range(40)]
    assert project.coded.numbers(movie) == forward[::-1]
    assert not [said for said in report.warnings if "render" in said]


def test_reverse_that_begins_at_the_end_of_its_media_is_played_from_there(project):
    url = project.media("a.mp4", frames=48)
    project.shot(url, 48, 20).effects.append(otio.schema.LinearTimeWarp("", time_scalar=-1.0))
    movie, report = rendered(project)
    assert project.coded.numbers(movie) == [*range(47, 27, -1)]
    assert any("backwards from" in said for said in report.warnings)


def test_reverse_of_a_source_that_cannot_be_searched_is_exact(project):
    url = project.media("a.ts", frames=70)
    project.shot(url, 3, 60).effects.append(otio.schema.LinearTimeWarp("", time_scalar=-1.0))
    movie, _report = rendered(project)
    assert project.coded.numbers(movie) == [*range(62, 2, -1)]


def test_a_dissolve_mixes_the_right_two_frames(project):
    a = project.media("a.mp4", frames=48)
    b = project.media("b.mp4", frames=48)
    project.shot(a, 0, 12)
    project.picture.append(dissolve(3, 4))
    project.shot(b, 20, 12)
    movie, report = rendered(project)
    got = pictures(movie)
    assert report.frames == 24
    for frame in range(9, 16):
        share = (frame - 9 + 0.5) / 7
        left = project.coded.picture(frame).astype(float)
        right = project.coded.picture(20 + frame - 12).astype(float)
        wanted = left * (1 - share) + right * share
        middle = (slice(38, 52), slice(20, 140))
        assert np.median(np.abs(got[frame][middle] - wanted[middle])) < 4
        # each bar's middle, so that one wrong frame on either side is seen
        for bit in range(10):
            x = round(160 * (0.1 + 0.8 * (bit + 0.5) / 10))
            assert abs(got[frame][45, x].mean() - wanted[45, x].mean()) < 12


def test_frames_outside_a_dissolve_are_untouched(project):
    a, b = project.media("a.mp4", frames=48), project.media("b.mp4", frames=48)
    project.shot(a, 5, 12)
    project.picture.append(dissolve(2, 2))
    project.shot(b, 20, 12)
    movie, _report = rendered(project)
    with av.open(str(movie)) as container:
        frames = list(container.decode(video=0))
    kept = [*range(10), *range(14, 24)]
    wanted = [*range(5, 15), *range(22, 32)]
    assert [project.coded.number(frames[k]) for k in kept] == wanted


def test_dissolves_at_the_ends_come_from_and_go_to_black(project):
    url = still(project, "white.png", (255, 255, 255))
    project.picture.append(dissolve(0, 4))
    project.shot(url, 0, 12)
    project.picture.append(dissolve(4, 0))
    movie, _report = rendered(project)
    ramp = [255 * (k + 0.5) / 4 for k in range(4)]
    close(levels(movie), [*ramp, *[255] * 4, *ramp[::-1]])


@pytest.mark.parametrize(
    ("name", "through"),
    [
        ("Dip to Black", (0, 0, 0)),
        ("Fade to White", (255, 255, 255)),
        ("Dip to Color", (0, 0, 255)),
    ],
)
def test_a_dip_goes_through_its_colour(project, name, through):
    project.shot(still(project, "red.png", (255, 0, 0)), 0, 8)
    metadata = {"idolsync": {"color": "blue"}} if name.endswith("Color") else {}
    project.picture.append(dissolve(3, 3, "Custom_Transition", name, **metadata))
    project.shot(still(project, "green.png", (0, 255, 0)), 0, 8)
    movie, report = rendered(project)
    got = [picture[45, 80] for picture in pictures(movie)]
    shares = [1 - 2 * (k + 0.5) / 6 for k in range(6)]
    for share, pixel in zip(shares, got[5:11], strict=True):
        side = np.array((255, 0, 0) if share > 0 else (0, 255, 0))
        wanted = side * abs(share) + np.array(through) * (1 - abs(share))
        assert np.abs(pixel - wanted).max() < 6
    assert not [said for said in report.warnings if name in said]


def test_a_wipe_is_rendered_as_a_dissolve_and_named(project):
    project.shot(still(project, "white.png", (255, 255, 255)), 0, 8)
    project.picture.append(dissolve(2, 2, "Custom_Transition", "Star Wipe"))
    project.shot(still(project, "black.png", (0, 0, 0)), 0, 8)
    movie, report = rendered(project)
    close(levels(movie)[6:10], [255 * (1 - (k + 0.5) / 4) for k in range(4)])
    assert any("Star Wipe" in said and "dissolve" in said for said in report.warnings)


def test_an_upper_clip_fades_in_over_what_is_beneath(project):
    project.shot(still(project, "grey.png", (100, 100, 100)), 0, 10)
    upper = clip(still(project, "white.png", (255, 255, 255)), 0, 6)
    track_above(project, gap(2), dissolve(0, 4), upper, dissolve(2, 0))
    movie, report = rendered(project)
    rising = [100 + 155 * (k + 0.5) / 4 for k in range(4)]
    falling = [100 + 155 * (1 - (k + 0.5) / 2) for k in range(2)]
    close(levels(movie), [100, 100, *rising, *falling, 100, 100])
    assert not [said for said in report.warnings if "transition" in said]


def test_a_dissolve_of_image_sequences_and_other_rates_finds_its_frames(project):
    for k in range(40):
        Image.new("RGB", (160, 90), (6 * k, 6 * k, 6 * k)).save(project.folder / f"s{k:03}.png")
    reference = otio.schema.ImageSequenceReference(
        "./", "s", ".png", 0, 1, 12, 3, available_range=span(0, 40, 12)
    )
    project.picture.append(otio.schema.Clip("s", reference, span(0, 10)))
    project.picture.append(dissolve(2, 2))
    project.picture.append(otio.schema.Clip("t", reference.deepcopy(), span(40, 10)))
    left = [6 * (k // 2) for k in range(12)]
    right = [6 * (k // 2) for k in range(38, 50)]
    mixed = [left[8 + k] * (1 - (k + 0.5) / 4) + right[k] * (k + 0.5) / 4 for k in range(4)]
    close(levels(rendered(project)[0]), [*left[:8], *mixed, *right[4:]], 4)


def test_missing_media_on_any_track_and_in_nests_are_all_named(project):
    project.shot(project.media("a.mp4"), 0, 10)
    track_above(project, nested(clip("lost1.mov"), frames=5), dissolve(1, 1), clip("lost2.mov"))
    with pytest.raises(RenderError, match=r"(?s)lost1\.mov.*lost2\.mov"):
        rendered(project)
    _movie, report = rendered(project, missing="slate")
    assert report.slates


def test_a_moved_shot_with_layers_is_already_made(project):
    a = project.media("a.mp4", frames=96)
    project.shot(a, 0, 10)
    inner = nested(clip(a, 30, 10), clip(a, 60, 10), frames=16, speed=-1.0)
    project.picture.append(inner)
    rendered(project)
    moved = project.picture.pop(0)
    project.picture.append(moved)
    assert actions(rendered(project)[1]) == ["reused"] * 2


def test_the_top_track_wins_and_gaps_and_switched_off_items_let_through(project):
    a, b = project.media("a.mp4", frames=48), project.media("b.mp4", frames=120)
    project.shot(a, 0, 24)
    off = clip(b, 50, 4)
    off.enabled = False
    track_above(project, gap(4), clip(b, 70, 6), off, clip(b, 90, 3))
    hidden = track_above(project, clip(b, 10, 24), name="V3")
    hidden.enabled = False
    movie, _report = rendered(project)
    wanted = [*range(4), *range(70, 76), *range(10, 14), 90, 91, 92, *range(17, 24)]
    assert project.coded.numbers(movie) == wanted


def test_an_upper_clip_goes_on_over_the_cuts_beneath_and_beyond_the_end(project):
    a, b = project.media("a.mp4", frames=48), project.media("b.mp4", frames=120)
    project.shot(a, 0, 6)
    project.shot(a, 20, 6)
    track_above(project, gap(3), clip(b, 60, 14))
    movie, report = rendered(project)
    assert project.coded.numbers(movie) == [0, 1, 2, *range(60, 74)]
    assert [shot.shot_id for shot in report.shots][-1] == "after V1"


@pytest.mark.parametrize("suffix", ["png", "mov"])
def test_alpha_lies_over_what_is_beneath(project, suffix):
    project.shot(still(project, "blue.png", (0, 0, 255)), 0, 6)
    alpha = Image.new("L", (160, 90), 0)
    alpha.paste(255, (0, 0, 40, 90))
    alpha.paste(128, (40, 0, 80, 90))
    url = still(project, "title.png", (255, 0, 0), alpha=alpha)
    if suffix == "mov":
        url = prores_of(project, url)
    track_above(project, clip(url, 0, 6))
    movie, _report = rendered(project)
    picture = pictures(movie)[3]
    assert np.abs(picture[45, 20] - (255, 0, 0)).max() < 8
    assert np.abs(picture[45, 60] - (128, 0, 127)).max() < 8
    assert np.abs(picture[45, 120] - (0, 0, 255)).max() < 8


def prores_of(project, url: str) -> str:
    """Write six frames of a picture as ProRes 4444 with alpha."""
    picture = np.asarray(Image.open(project.folder / url))
    with av.open(str(project.folder / "title.mov"), "w") as out:
        stream = out.add_stream("prores_ks", rate=24, options={"profile": "4"})
        stream.width, stream.height, stream.pix_fmt = 160, 90, "yuva444p10le"
        for _ in range(6):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgba")
            out.mux(stream.encode(frame.reformat(format="yuva444p10le", dst_colorspace=5)))
        out.mux(stream.encode(None))
    return "title.mov"


def test_an_upper_picture_of_another_shape_leaves_its_sides_free(project):
    project.shot(still(project, "blue.png", (0, 0, 255)), 0, 4)
    track_above(project, clip(still(project, "square.png", (255, 0, 0), (90, 90)), 0, 4))
    movie, _report = rendered(project)
    picture = pictures(movie)[1]
    assert np.abs(picture[45, 80] - (255, 0, 0)).max() < 8
    assert np.abs(picture[45, 10] - (0, 0, 255)).max() < 8


def basic(scale=None, center=None, rotation=None, keyframe=False) -> otio.schema.Effect:
    parameters = []
    if scale is not None:
        one = {"parameterid": "scale", "name": "Scale", "value": str(scale)}
        keys = [{"when": "0", "value": "9"}, {"when": "2", "value": "20"}]
        parameters.append(one | ({"keyframe": keys} if keyframe else {}))
    if center:
        value = {"horiz": str(center[0]), "vert": str(center[1])}
        parameters.append({"parameterid": "center", "name": "Center", "value": value})
    if rotation is not None:
        parameters.append({"parameterid": "rotation", "name": "Rotation", "value": str(rotation)})
    kept = {"effectid": "basic", "parameter": parameters}
    return otio.schema.Effect("Basic Motion", "basic", metadata={"fcp_xml": kept})


def red_area(picture) -> tuple[int, int, int, int]:
    rows, columns = np.nonzero((picture[:, :, 0] > 128) & (picture[:, :, 2] < 128))
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


@pytest.mark.parametrize(
    ("size", "effect", "area"),
    [
        ((160, 90), basic(50), (40, 22, 120, 67)),
        ((320, 180), basic(25), (40, 22, 120, 67)),
        ((160, 90), basic(50, (0.25, -0.1)), (80, 13, 160, 58)),
        ((160, 90), basic(50, (0.5, 0)), (120, 22, 160, 67)),
        ((160, 90), basic(50, rotation=90), (57, 5, 103, 85)),
    ],
)
def test_basic_motion_scales_moves_and_turns(project, size, effect, area):
    project.shot(still(project, "blue.png", (0, 0, 255)), 0, 3)
    upper = clip(still(project, "red.png", (255, 0, 0), size), 0, 3)
    upper.effects.append(effect)
    track_above(project, upper)
    movie, report = rendered(project)
    got = red_area(pictures(movie)[1])
    assert max(abs(a - b) for a, b in zip(got, area, strict=True)) <= 1, got
    assert not [said for said in report.warnings if "rendered" in said]


def test_final_cuts_transform_and_blend_are_applied(project):
    project.shot(still(project, "blue.png", (0, 0, 255)), 0, 3)
    upper = clip(still(project, "red.png", (255, 0, 0)), 0, 3)
    upper.metadata["fcpx_xml"] = {
        "xml": '<video><adjust-transform position="20 10" scale="0.5 0.5"/>'
        '<adjust-blend amount="0.75"/></video>'
    }
    track_above(project, upper)
    movie, _report = rendered(project)
    picture = pictures(movie)[1]
    got = red_area(picture)
    assert max(abs(a - b) for a, b in zip(got, (58, 13, 138, 58), strict=True)) <= 1, got
    assert np.abs(picture[35, 98] - (191, 0, 64)).max() < 6


def test_opacity_and_keyframes(project):
    project.shot(still(project, "black.png", (0, 0, 0)), 0, 3)
    upper = clip(still(project, "white.png", (255, 255, 255)), 0, 3)
    parameter = {"parameterid": "opacity", "name": "Opacity", "value": "40"}
    kept = {"fcp_xml": {"parameter": parameter}}
    upper.effects.append(otio.schema.Effect("Opacity", "opacity", metadata=kept))
    upper.effects.append(basic(10, keyframe=True))
    track_above(project, upper)
    movie, report = rendered(project)
    close(levels(movie), [102] * 3)
    assert any("Scale" in said and "keyframe" in said for said in report.warnings)


def nested(*items, start=0, frames=24, speed=None):
    track = otio.schema.Track("inner", kind=Video)
    track.extend(items)
    stack = otio.schema.Stack("nest", [track], span(start, frames))
    if speed is not None:
        stack.effects.append(otio.schema.LinearTimeWarp("", time_scalar=speed))
    return stack


def numbers_of(project, **options) -> list[int]:
    return project.coded.numbers(rendered(project, **options)[0])


@pytest.mark.parametrize("wrapped", ["stack", "track"])
def test_a_nested_sequence_shows_its_own_cuts(project, wrapped):
    a, b = project.media("a.mp4", frames=48), project.media("b.mp4", frames=120)
    project.shot(a, 0, 4)
    inner = nested(clip(a, 10, 6), clip(b, 80, 10), start=3, frames=9)
    if wrapped == "track":
        inner = inner[0].deepcopy()
        inner.source_range = span(3, 9)
    project.picture.append(inner)
    project.shot(a, 30, 4)
    wanted = [*range(4), 13, 14, 15, *range(80, 86), *range(30, 34)]
    assert numbers_of(project) == wanted


@pytest.mark.parametrize(
    ("outer", "inner", "wanted"),
    [
        (2.0, 1.0, [10, 12, 14, 81, 83]),
        (0.5, 2.0, [10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 80, 81, 82, 83]),
        (-1.0, 1.0, [84, 83, 82, 81, 80, 14, 13, 12, 11, 10]),
        (-1.0, -1.0, [80, 81, 82, 83, 84, 10, 11, 12, 13, 14]),
        (0.0, 1.0, [10, 10, 10, 10]),
    ],
)
def test_the_speeds_of_nested_clips_and_nests_multiply(project, outer, inner, wanted):
    a, b = project.media("a.mp4", frames=48), project.media("b.mp4", frames=120)
    items = [clip(a, 10, 5), clip(b, 80, 5)]
    for item in items:
        item.effects.append(otio.schema.LinearTimeWarp("", time_scalar=inner))
    project.picture.append(nested(*items, frames=len(wanted), speed=outer))
    assert numbers_of(project) == wanted


def test_a_dissolve_between_nested_sequences_is_one_picture_each(project):
    white, black = (still(project, f"{n}.png", (n, n, n)) for n in (255, 0))
    inner = nested(clip(white), frames=8)
    inner.append(nested(gap(24), frames=24)[0].deepcopy())
    project.picture.append(inner)
    project.picture.append(dissolve(2, 2))
    project.picture.append(nested(clip(black), start=4, frames=8))
    movie, _report = rendered(project)
    close(levels(movie)[6:10], [255 * (1 - (k + 0.5) / 4) for k in range(4)])


def test_a_nested_sequence_is_scaled_as_one_picture(project):
    project.shot(still(project, "blue.png", (0, 0, 255)), 0, 4)
    inner = nested(clip(still(project, "red.png", (255, 0, 0))), frames=4)
    kept = {"xml": '<ref-clip><adjust-transform scale="0.5 0.5"/></ref-clip>'}
    inner.metadata["fcpx_xml"] = kept
    track_above(project, inner)
    got = red_area(pictures(rendered(project)[0])[1])
    assert max(abs(a - b) for a, b in zip(got, (40, 22, 120, 67), strict=True)) <= 1, got


@pytest.mark.parametrize(
    ("kind", "parameters", "wanted"),
    [
        ("SolidColor", {"color": [1.0, 0.5, 0.0]}, (255, 128, 0)),
        ("Color Matte", {"color": "#336699"}, (51, 102, 153)),
        ("black", {}, (0, 0, 0)),
    ],
)
def test_plain_colours_are_rendered(project, kind, parameters, wanted):
    reference = otio.schema.GeneratorReference(kind, kind, span(0, 24), parameters)
    project.picture.append(otio.schema.Clip("matte", reference, span(0, 3)))
    movie, report = rendered(project)
    assert np.abs(pictures(movie)[1][45, 80] - wanted).max() < 5
    assert not [said for said in report.warnings if "generator" in said]


def test_an_editors_matte_keeps_its_colour(project):
    value = {"alpha": "0", "red": "55", "green": "65", "blue": "75"}
    reference = otio.schema.GeneratorReference("Color", "Color")
    reference.metadata["fcp_xml"] = {"parameter": {"parameterid": "fillcolor", "value": value}}
    project.picture.append(otio.schema.Clip("Grey", reference, span(86313, 3)))
    assert np.abs(pictures(rendered(project)[0])[1][45, 80] - (55, 65, 75)).max() < 5


def test_a_title_that_is_not_rendered_hides_nothing(project):
    project.shot(project.media("a.mp4"), 0, 5)
    reference = otio.schema.GeneratorReference("Title", "Basic Title", parameters={"text": "Hi"})
    track_above(project, otio.schema.Clip("title", reference, span(0, 5)))
    movie, report = rendered(project)
    assert project.coded.numbers(movie) == [*range(5)]
    assert any("Basic Title" in said for said in report.warnings)


def actions(report) -> list[str]:
    return [shot.action for shot in report.shots]


def test_only_what_a_change_reaches_is_encoded(project):
    a, b = project.media("a.mp4", frames=96), project.media("b.mp4", frames=96)
    project.shot(a, 0, 12)
    project.picture.append(dissolve(2, 2))
    last = project.shot(b, 20, 12)
    project.shot(a, 40, 12)
    upper = clip(b, 50, 4)
    track_above(project, gap(28), upper)
    assert actions(rendered(project)[1]) == ["encoded"] * 3
    assert actions(rendered(project)[1]) == ["reused"] * 3
    upper.source_range = span(51, 4)
    assert actions(rendered(project)[1]) == ["reused", "reused", "encoded"]
    last.source_range = span(21, 12)
    assert actions(rendered(project)[1]) == ["encoded", "encoded", "reused"]
    last.source_range = span(20, 12)
    upper.source_range = span(50, 4)
    project.timeline.video_tracks()[1].name = "other"
    assert actions(rendered(project)[1]) == ["reused"] * 3


def test_a_dissolve_without_handles_holds_the_nearest_frame_and_says_so(project):
    a, b = project.media("a.mp4", frames=12), project.media("b.mp4", frames=48)
    project.shot(a, 0, 12)
    project.picture.append(dissolve(2, 3))
    project.shot(b, 0, 12)
    _movie, report = rendered(project)
    assert report.frames == 24
    held = [said for said in report.warnings if "held" in said]
    assert len(held) == 2


def test_transitions_that_overlap_are_shortened_and_named(project):
    url = still(project, "white.png", (255, 255, 255))
    project.shot(url, 0, 8)
    project.picture.append(dissolve(4, 4))
    project.shot(url, 0, 4)
    project.picture.append(dissolve(6, 4))
    project.shot(url, 0, 8)
    movie, report = rendered(project)
    close(levels(movie), [255] * 20)
    assert any("shortened" in said for said in report.warnings)


def test_a_shots_place_on_other_rates_stays_exact_under_layers(project_at):
    project = project_at("30000/1001")
    a = project.media("a.mp4", frames=120, rate="30000/1001")
    project.shot(a, 0, 9)
    project.shot(a, 33, 9)
    upper = otio.schema.Clip(
        "up",
        otio.schema.ExternalReference(a, TR(RT(0, project.rate), RT(960, project.rate))),
        TR(RT(90, project.rate), RT(4, project.rate)),
    )
    space = otio.schema.Gap(source_range=TR(RT(0, project.rate), RT(11, project.rate)))
    track_above(project, space, upper)
    assert numbers_of(project) == [*range(9), 33, 34, *range(90, 94), 39, 40, 41]
    assert Fraction("30000/1001") == project.exact


def test_a_range_of_layered_shots_is_cut_out_of_the_whole(project):
    a, b = project.media("a.mp4", frames=96), project.media("b.mp4", frames=96)
    project.shot(a, 0, 12)
    project.shot(b, 20, 12).effects.append(otio.schema.LinearTimeWarp("", time_scalar=-1.0))
    track_above(project, gap(8), nested(clip(a, 50, 6), frames=6))
    whole = numbers_of(project)
    assert whole == [*range(8), *range(50, 56), *range(29, 19, -1)]
    assert numbers_of(project, start="5f", end="20f") == whole[5:20]


@pytest.mark.parametrize(("suffix", "codec"), [("mov", "prores"), ("mkv", "ffv1")])
def test_other_formats_show_layers_too(project, suffix, codec):
    project.shot(still(project, "blue.png", (0, 0, 255)), 0, 3)
    title = still(project, "title.png", (255, 0, 0), alpha=Image.new("L", (160, 90), 128))
    track_above(project, clip(title, 0, 3))
    movie, _report = rendered(project, f"movie.{suffix}", video_codec=codec)
    assert np.abs(pictures(movie)[1][45, 80] - (128, 0, 127)).max() < 8


def cropped(**sides):
    rows = [{"parameterid": name, "name": name, "value": str(v)} for name, v in sides.items()]
    return otio.schema.Effect("Crop", "crop", metadata={"fcp_xml": {"parameter": rows}})


def test_a_crop_leaves_what_is_beneath_free(project):
    project.shot(still(project, "below.png", (0, 0, 255)), 0, 3)
    above = clip(still(project, "above.png", (255, 0, 0)), 0, 3)
    above.effects.append(cropped(left=25, right=0, top=0, bottom=50))
    track_above(project, above)
    movie, report = rendered(project, video_codec="ffv1", name="movie.mkv")
    for picture in pictures(movie):
        red = picture[:, :, 0] > 128
        rows, columns = np.flatnonzero(red.any(axis=1)), np.flatnonzero(red.any(axis=0))
        assert (columns[0], columns[-1], rows[0], rows[-1]) == (40, 159, 0, 44)
        assert red[:45, 40:].all()
    assert report.left_out == ()


def test_a_crop_that_leaves_nothing_and_a_feather(project):
    project.shot(still(project, "below.png", (0, 0, 255)), 0, 2)
    gone = clip(still(project, "above.png", (255, 0, 0)), 0, 2)
    gone.effects.append(cropped(left=60, right=60, edgefeather=3))
    track_above(project, gone)
    movie, report = rendered(project)
    assert all((picture[:, :, 0] < 128).all() for picture in pictures(movie))
    assert any("edge feather" in said for said in report.left_out)


def test_what_is_left_out_needs_a_person(project):
    shot = project.shot(project.media("a.mp4"), 0, 4)
    shot.metadata["fcp_xml"] = {"compositemode": "multiply"}
    project.timeline.tracks.effects.append(otio.schema.Effect("grade", "Lumetri"))
    _movie, report = rendered(project)
    assert [said.split(": ")[-1] for said in report.left_out] == [
        "effect 'blend mode multiply' is not rendered",
        "effect 'grade' on the whole timeline is not rendered",
    ]
    assert report.needs_a_person
