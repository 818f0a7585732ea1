"""HDR, wide gamuts and interlaced media come out as whole frames in BT.709."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import opentimelineio as otio
import pytest

from otio_idolsync import render
from otio_idolsync.errors import UsageError
from otio_idolsync.media.frames import shot_frames
from otio_idolsync.media.known import KnownMedia
from otio_idolsync.media.probe import probe
from otio_idolsync.rendering.keys import shot_facts
from otio_idolsync.rendering.model import Footage, OutputFormat, ShotJob
from otio_idolsync.rendering.picture import Conformer
from otio_idolsync.rendering.showing import Showing

RT, TR = otio.opentime.RationalTime, otio.opentime.TimeRange
BT709, P3, BT2020, PQ, HLG = 1, 12, 9, 16, 18
LIMITED, FULL = 1, 2
# Kr and Kb of the matrices: ITU-R BT.709 and BT.2020.
LUMA = {BT709: (0.2126, 0.0722), BT2020: (0.2627, 0.0593)}


def yuv(rgb, matrix: int, colour_range: int, bits: int) -> list[int]:
    """Luma and both differences of a colour of 0 to 1, as BT.2100 codes them."""
    kr, kb = LUMA[matrix]
    red, green, blue = rgb
    luma = kr * red + (1 - kr - kb) * green + kb * blue
    chroma = (blue - luma) / (2 - 2 * kb), (red - luma) / (2 - 2 * kr)
    if colour_range == FULL:
        most = 2**bits - 1
        return [round(luma * most), *(round(c * most + 2 ** (bits - 1)) for c in chroma)]
    unit = 2 ** (bits - 8)
    return [round((219 * luma + 16) * unit), *(round((224 * c + 128) * unit) for c in chroma)]


def plain(rgb, primaries: int, transfer: int, matrix: int, colour_range=LIMITED, size=(64, 48)):
    """A frame of one colour, 10 bits, tagged."""
    frame = av.VideoFrame(*size, "yuv420p10le")
    for plane, level in zip(frame.planes, yuv(rgb, matrix, colour_range, 10), strict=True):
        np.frombuffer(plane, "<u2")[:] = level
    frame.color_primaries, frame.color_trc = primaries, transfer
    frame.colorspace, frame.color_range = matrix, colour_range
    return frame


def clip(path: Path, rgb, primaries: int, transfer: int, matrix: int, frames: int = 6) -> str:
    """Encode a tagged clip of one colour, and return its name."""
    with av.open(str(path), "w") as out:
        options = {"x265-params": "log-level=none:lossless=1:pools=1"}
        stream = out.add_stream("libx265", rate=24, options=options)
        codec = stream.codec_context
        codec.width, codec.height, codec.pix_fmt = 64, 48, "yuv420p10le"
        codec.color_primaries, codec.color_trc, codec.colorspace = primaries, transfer, matrix
        codec.color_range = LIMITED
        for _ in range(frames):
            out.mux(stream.encode(plain(rgb, primaries, transfer, matrix)))
        out.mux(stream.encode(None))
    return path.name


def colour_of(frame: av.VideoFrame) -> np.ndarray:
    """A finished frame's colour in its middle: BT.709, limited range, 0 to 255."""
    y, u, v = (
        float(np.frombuffer(p, np.uint8).reshape(p.height, -1)[p.height // 2, p.width // 2])
        for p in frame.planes[:3]
    )
    y, u, v = (y - 16) / 219, (u - 128) / 224, (v - 128) / 224
    red, blue = y + 1.5748 * v, y + 1.8556 * u
    return 255 * np.array([red, (y - 0.2126 * red - 0.0722 * blue) / 0.7152, blue]).clip(0, 1)


def conformed(frame, size=(64, 48), **options) -> av.VideoFrame:
    output = OutputFormat(*size, Fraction(24), **options)
    [done] = Conformer(output, (frame.width, frame.height)).frames(iter([frame]))
    assert (done.width, done.height, done.format.name) == (*size, "yuv420p")
    return done


# A colour of BT.709, and how BT.2020 codes it: the matrix of ITU-R BT.2087, and BT.1886's curve.
ORANGE = np.array([192, 72, 40])
TO_BT2020 = [[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]]
IN_BT2020 = (TO_BT2020 @ (ORANGE / 255) ** 2.4) ** (1 / 2.4)


@pytest.mark.parametrize("size", [(64, 48), (32, 24), (128, 96), (96, 48)])
@pytest.mark.parametrize("colour_range", [LIMITED, FULL])
def test_bt2020_becomes_bt709_at_every_size_and_range(size, colour_range):
    frame = plain(IN_BT2020, BT2020, BT709, BT2020, colour_range)
    done = conformed(frame, size)
    assert np.abs(colour_of(done) - ORANGE).max() < 3
    assert (done.colorspace, done.color_range) == (BT709, LIMITED)


def test_bt709_is_left_to_the_one_graph():
    frame = plain((0.75, 0.3, 0.2), BT709, BT709, BT709)
    assert np.abs(colour_of(conformed(frame)) - (191, 76, 51)).max() < 2


@pytest.mark.parametrize(("transfer", "white"), [(HLG, 0.75), (PQ, 0.5807)])
def test_white_of_hdr_is_nearly_white_and_no_longer_flat(transfer, white):
    """203 cd/m2 of 1000 lie above the curve's knee and come to 159 of 203."""
    for hdr, wanted in (("tonemap", 230), ("clip", 254)):
        frame = plain([white] * 3, BT2020, transfer, BT2020)
        assert np.abs(colour_of(conformed(frame, hdr=hdr)) - wanted).max() < 2.5


def rendered(project, name="movie.mp4", **options):
    movie = project.folder / name
    options = {"size": "64x48", "cache": project.folder / "cache"} | options
    report = render(project.save(), movie, **options)
    with av.open(str(movie)) as container:
        frames = list(container.decode(video=0))
    return frames, report


@pytest.fixture
def two_kinds(project):
    """A cut of an HLG clip and an SDR clip."""
    (project.folder / "a").mkdir()
    hlg = clip(project.folder / "hlg.mp4", (0.9, 0.6, 0.4), BT2020, HLG, BT2020)
    sdr = clip(project.folder / "sdr.mp4", (0.75, 0.3, 0.2), BT709, BT709, BT709)
    project.shot(hlg, 0, 3, shot_id="S001")
    project.shot(sdr, 0, 3, shot_id="S002")
    return project


def test_the_movie_is_tagged_and_says_which_curve(two_kinds):
    frames, report = rendered(two_kinds)
    assert {(f.color_primaries, f.color_trc, f.colorspace, f.color_range) for f in frames} == {
        (1, 1, 1, 1)
    }
    (said,) = [warning for warning in report.warnings if "HDR" in warning]
    assert said == "hlg.mp4 is HDR (HLG); it is tone-mapped by the curve of BT.2390 to BT.709"
    assert not report.left_out and not report.needs_a_person


def test_the_choice_for_hdr_makes_only_hdr_anew(two_kinds):
    first, _ = rendered(two_kinds)
    second, report = rendered(two_kinds, hdr="clip")
    assert [shot.action for shot in report.shots] == ["encoded", "reused"]
    assert report.shots[0].why == "how its HDR is converted changed"
    assert colour_of(second[0])[1] > colour_of(first[0])[1] + 5
    assert any("clipped at 203 cd/m2" in warning for warning in report.warnings)
    with pytest.raises(UsageError, match="hdr 'reinhard' is none of tonemap, clip"):
        rendered(two_kinds, hdr="reinhard")


def test_shots_of_plain_media_are_known_by_what_they_were(tmp_path, make_clip):
    """What was cached before colours and fields were looked at stays valid."""
    info = probe(make_clip(tmp_path / "a.mp4"))
    job = ShotJob("S001", 0, 4, Footage(info, Fraction(0)))
    output = OutputFormat(64, 36, Fraction(24), hdr="clip", deinterlace=False)
    for shown in (output, OutputFormat(64, 36, Fraction(24))):
        facts = shot_facts(job, shown, KnownMedia(tmp_path / "cache"))
        assert set(facts) == {
            "renderer",
            "encoder",
            "libraries",
            "size",
            "rate",
            "frames",
            "content",
        }
        assert set(facts["content"]) == {"media", "kind", "start", "speed", "fit", "media_rate"}


def test_layers_and_drafts_show_the_same_colours(two_kinds):
    upper = otio.schema.Track("V2", kind=otio.schema.TrackKind.Video)
    media = otio.schema.ExternalReference("hlg.mp4")
    upper.append(otio.schema.Clip("b", media, TR(RT(0, 24), RT(3, 24))))
    alone, _ = rendered(two_kinds)
    two_kinds.timeline.tracks.insert(1, upper)
    layered, _ = rendered(two_kinds, "layers.mp4")
    draft, _ = rendered(two_kinds, "draft.mp4", draft=True)
    for frames in (layered, draft):
        assert np.abs(colour_of(frames[1]) - colour_of(alone[1])).max() < 4


def test_adapters_and_job_files_take_the_choice(two_kinds, tmp_path):
    arguments = {"hdr": "clip", "deinterlace": "false", "size": "64x48"}
    arguments |= {"media_root": str(two_kinds.folder), "cache": str(two_kinds.folder / "cache")}
    with pytest.warns(match="no sound"), pytest.warns(match="clipped at 203"):
        otio.adapters.write_to_file(
            two_kinds.timeline,
            str(tmp_path / "m.mp4"),
            adapter_name="idolsync_conform",
            **arguments,
        )
    jobs = tmp_path / "jobs"
    rendered_with = {"size": "64x48", "cache": tmp_path / "new", "dry_run": True}
    render(two_kinds.save(), tmp_path / "n.mp4", write_jobs=jobs, hdr="clip", **rendered_with)
    outputs = [json.loads(path.read_text())["output"] for path in jobs.glob("*.json")]
    assert outputs and all(output["hdr"] == "clip" for output in outputs)


def interlaced(path: Path, order: str = "tff") -> str:
    """A block that moves 4 pixels a frame, in fields."""
    marking = av.filter.Graph()
    size = (160, 96)
    marking.link_nodes(
        marking.add_buffer(
            width=size[0], height=size[1], format="yuv420p", time_base=Fraction(1, 24)
        ),
        marking.add("setfield", order),
        marking.add("buffersink"),
    ).configure()
    with av.open(str(path), "w") as out:
        options = {"flags": "+ilme+ildct", "crf": "8", "preset": "ultrafast"}
        stream = out.add_stream("libx264", rate=24, options=options)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for count in range(30):
            luma = np.full(size[::-1], 60, np.uint8)
            for field in (0, 1):
                left = 4 * count + 2 * field
                luma[16 + field : 80 : 2, left : left + 24] = 220
            frame = av.VideoFrame.from_ndarray(luma, format="gray").reformat(format="yuv420p")
            frame.pts = count
            marking.push(frame)
            out.mux(stream.encode(marking.pull()))
        out.mux(stream.encode(None))
    return path.name


def combs(frame: av.VideoFrame) -> float:
    """How much more a line differs from the next one than from the one after that."""
    luma = frame.to_ndarray(format="gray").astype(float)[20:76]
    return np.abs(luma[1:-1] - luma[2:]).mean() / (np.abs(luma[:-2] - luma[2:]).mean() + 0.1)


def test_interlaced_media_lose_their_combs_unless_they_are_wanted(project):
    project.shot(interlaced(project.folder / "fields.mp4"), 2, 20)
    frames, report = rendered(project, size="160x96")
    assert len(frames) == 20
    assert max(combs(frame) for frame in frames) < 2
    assert any(
        said == "fields.mp4 is interlaced; it is deinterlaced (--no-deinterlace keeps its fields)"
        for said in report.warnings
    )
    kept, report = rendered(project, size="160x96", deinterlace=False)
    assert report.shots[0].why == "how it is deinterlaced changed"
    assert min(combs(frame) for frame in kept) > 4
    assert not any("interlaced" in said for said in report.warnings)


def test_proxies_and_checks_see_whole_frames_too(project):
    name = interlaced(project.folder / "fields.mp4")
    job = ShotJob("S001", 0, 8, Footage(probe(project.folder / name), Fraction(0)))
    output = OutputFormat(160, 96, Fraction(24), "fill", "prores", draft=True)
    assert max(combs(frame) for frame in Showing(output).frames(job)) < 2
    raw = shot_frames(probe(project.folder / name), Fraction(0), 8, Fraction(24))
    assert min(combs(frame) for frame in raw) > 4


def test_a_matrix_that_cannot_be_converted_is_named(project):
    frame = plain((0.5, 0.5, 0.5), BT2020, PQ, BT2020)
    frame.colorspace = 14
    conformer = Conformer(OutputFormat(64, 48, Fraction(24)), (64, 48))
    list(conformer.frames(iter([frame])))
    assert "has colours that are not converted (ICtCp)" in conformer.notes


def test_an_interlaced_png_is_a_whole_picture(tmp_path):
    from PIL import Image

    path = tmp_path / "adam7.png"
    Image.fromarray(np.full((48, 64, 3), 90, np.uint8)).save(path)
    info = probe(path)
    output = OutputFormat(64, 48, Fraction(24))
    assert output.fields(info, KnownMedia(tmp_path / "c").signal(info)) == "progressive"
