"""Any edit, any command: each form of a timeline is taken wherever a cut is read."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import opentimelineio as otio
import pytest

import otio_idolsync
from otio_idolsync.cut.locate import Locator
from otio_idolsync.cut.read import read_cut
from otio_idolsync.errors import InterchangeError, TimelineError
from otio_idolsync.interchange.cmx3600 import write_edl
from otio_idolsync.interchange.fcpxml import write_fcpxml
from otio_idolsync.interchange.xmeml import write_xmeml
from otio_idolsync.report.check import check

Run = Callable[..., Any]
RATE = 25
RT, TR = otio.opentime.RationalTime, otio.opentime.TimeRange
SHOWN = ((3, 10), (20, 15))  # first frame and length of each clip
NUMBERS = [*range(3, 13), *range(20, 35)]


def span(first: float, frames: float, rate: float = RATE) -> otio.opentime.TimeRange:
    return TR(RT(first, rate), RT(frames, rate))


def an_edit(media: str, song: str, name: str = "Somebody's edit") -> otio.schema.Timeline:
    """Return a cut that nobody planned: takes with their own sound on A1, the song on A2."""
    timeline = otio.schema.Timeline(name, global_start_time=RT(RATE * 3600, RATE))
    tracks = [otio.schema.Track(n, kind=k) for n, k in (("V1", "Video"), ("A1", "Audio"))]
    for first, frames in SHOWN:
        for track in tracks:
            reference = otio.schema.ExternalReference(media, span(0, 40))
            track.append(otio.schema.Clip("take.mp4", reference, span(first, frames)))
    heard = otio.schema.ExternalReference(song, span(0, 24 * 22050, 22050))
    music = otio.schema.Track("A2", kind="Audio")
    music.append(otio.schema.Clip("song.wav", heard, span(0, 25)))
    timeline.tracks.extend([*tracks, music])
    return timeline


def sized(timeline: otio.schema.Timeline, width: int, height: int) -> otio.schema.Timeline:
    """Return a timeline with a picture size as xmeml has it."""
    sides = {"width": str(width), "height": str(height)}
    video = {"format": {"samplecharacteristics": sides}}
    timeline.metadata["fcp_xml"] = {"media": {"video": video}}
    return timeline


@pytest.fixture(scope="module")
def edits(tmp_path_factory: pytest.TempPathFactory, coded: Any, beat_song: Path) -> Path:
    """A folder with one edit in every form that is read, its media beside it."""
    folder = tmp_path_factory.mktemp("any edit")
    shutil.copyfile(beat_song, folder / "song.wav")
    silent = coded.clip(folder / "silent.mp4", 40, RATE)
    with av.open(str(silent)) as source, av.open(str(folder / "take.mp4"), "w") as out:
        video = out.add_stream_from_template(source.streams.video[0])
        sound = out.add_stream("aac", rate=22050)
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = video
                out.mux(packet)
        with av.open(str(beat_song)) as tone:
            for frame in tone.decode(audio=0):
                if frame.time and frame.time > 1.6:
                    break
                frame.pts = None
                out.mux(sound.encode(frame))
        out.mux(sound.encode(None))
    relative = sized(an_edit("take.mp4", "song.wav"), 64, 36)
    (folder / "edit.xml").write_text(write_xmeml(relative, "premiere")[0])
    (folder / "edit.fcpxml").write_text(write_fcpxml(an_edit("take.mp4", "song.wav"))[0])
    (folder / "edit.fcpxmld").mkdir()
    whole = an_edit((folder / "take.mp4").as_uri(), (folder / "song.wav").as_uri())
    (folder / "edit.fcpxmld" / "Info.fcpxml").write_text(write_fcpxml(whole)[0])
    (folder / "edit.edl").write_text(write_edl(whole)[0])
    otio.adapters.write_to_file(relative, str(folder / "edit.otio"))
    otio.adapters.write_to_file(whole, str(folder / "edit.otioz"))
    otio.adapters.write_to_file(whole, str(folder / "edit.otiod"))
    return folder


FORMS = {
    "edit.otio": "otio",
    "edit.otioz": "otioz",
    "edit.otiod": "otiod",
    "edit.xml": "xmeml",
    "edit.fcpxml": "fcpxml",
    "edit.fcpxmld": "fcpxml",
    "edit.edl": "edl",
}
COUNTED = [name for name in FORMS if name != "edit.edl"]  # an EDL names no rate


@pytest.mark.parametrize("name", FORMS)
def test_the_door_knows_each_form_by_what_is_in_it(edits: Path, tmp_path: Path, name: str) -> None:
    assert read_cut(edits / name).form == FORMS[name]
    if (edits / name).is_file():
        odd = Path(shutil.copyfile(edits / name, tmp_path / "edit.txt"))
        held = read_cut(odd)
        assert (held.form, len(list(held.timeline().find_clips()))) == (
            FORMS[name],
            2 if name == "edit.edl" else 5,
        )


@pytest.mark.parametrize("name", COUNTED)
def test_render_makes_the_movie_of_any_edit(
    run: Run, edits: Path, tmp_path: Path, coded: Any, name: str
) -> None:
    movie = tmp_path / "movie.mp4"
    ran = run("render", edits / name, "-o", movie, "--size", "160x90", "--audio-codec", "alac")
    assert ran.status == 0, ran.err
    assert coded.numbers(movie) == NUMBERS
    with av.open(str(movie)) as made:
        assert made.streams.video[0].average_rate == RATE
        assert made.streams.audio
    assert json.loads(movie.with_suffix(".idolsync").read_text())["song"]["name"] == "song.wav"


@pytest.mark.parametrize("name", COUNTED)
def test_explain_says_where_each_cut_of_any_edit_lies(run: Run, edits: Path, name: str) -> None:
    ran = run("explain", edits / name)
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        "no reasons are recorded: this cut was not planned here",
        "01:00:00:00  take.mp4  (0.40 s)",
        "01:00:00:10  take.mp4  (0.60 s)",
    ]
    rows = json.loads(run("explain", edits / name, "--at", "12f", "--json").out)["shots"]
    assert [row["frame"] for row in rows] == [10]


@pytest.mark.parametrize("name", COUNTED)
def test_check_says_what_an_edit_that_nobody_planned_lacks(edits: Path, name: str) -> None:
    report = check(edits / name)
    assert report.ok, report.findings
    assert report.not_checked == (
        "where the song should lie: this cut was not planned here",
        "which song it is: the timeline does not say",
        "cuts against beats: the timeline holds no grid",
    )
    assert report.measured == {"shots": 2, "frames": 25}


@pytest.mark.parametrize("name", COUNTED)
def test_export_and_proxies_take_any_edit(run: Run, edits: Path, tmp_path: Path, name: str) -> None:
    for editor, suffix in (("fcp", ".fcpxml"), ("premiere", ".xml")):
        out = tmp_path / f"out{suffix}"
        assert run("export", edits / name, "-o", out, "--for", editor).status == 0
        again = read_cut(out).timeline()
        for clip in again.find_clips():
            url = clip.media_reference.target_url
            path = Path(otio.url_utils.filepath_from_url(url.replace("://localhost/", ":///")))
            assert path.is_file(), url
    offline = tmp_path / "offline.otio"
    assert run("proxies", edits / name, "-o", offline).status == 0
    assert len(list((tmp_path / "offline.proxies").iterdir())) == 1
    first = next(iter(read_cut(offline).timeline().find_clips()))
    assert first.media_reference.target_url == "offline.proxies/take_Proxy.mov"


def test_an_edl_is_counted_at_the_rate_that_is_guessed_and_said(run: Run, edits: Path) -> None:
    ran = run("explain", edits / "edit.edl")
    assert "an EDL names no rate, and it is counted at 24 frames per second" in ran.err
    read = otio.adapters.read_from_file(str(edits / "edit.edl"), "idolsync_edl", rate=RATE)
    assert [clip.duration().value for clip in read.find_clips()] == [10, 15]
    assert otio.adapters.write_to_string(read, "idolsync_edl").startswith("TITLE: Somebody's edit")
    with pytest.raises(otio.exceptions.OTIOError, match="knows no argument speed"):
        otio.adapters.read_from_file(str(edits / "edit.edl"), "idolsync_edl", speed=2)


@pytest.mark.parametrize("name", ["edit.xml", "sized.fcpxml"])
def test_a_movie_has_the_size_that_the_edit_was_made_at(edits: Path, tmp_path: Path, name: str):
    if name == "sized.fcpxml":
        text = (edits / "edit.fcpxml").read_text()
        text = re.sub(r'width="\d+" height="\d+"', 'width="64" height="36"', text)
        (edits / name).write_text(text)
    report = otio_idolsync.render(edits / name, tmp_path / "own.mp4", audio_codec="alac")
    assert report.frames == 25
    with av.open(str(tmp_path / "own.mp4")) as made:
        shown = made.streams.video[0]
        assert (shown.width, shown.height) == (64, 36)


def test_media_of_an_edit_are_found_by_its_mapping(run: Run, edits: Path, tmp_path: Path) -> None:
    edit, movie = tmp_path / "edit.xml", tmp_path / "movie.mp4"
    shutil.copyfile(edits / "edit.xml", edit)
    gone = run("render", edit, "-o", movie, "--size", "160x90")
    assert (gone.status, movie.exists()) == (1, False)
    assert f"{tmp_path / 'take.mp4'} does not exist" in gone.err
    found = run("render", edit, "-o", movie, "--size", "160x90", "--map", f"{tmp_path}={edits}")
    assert found.status == 0, found.err


def several(folder: Path) -> Path:
    path = folder / "several.xml"
    held = [an_edit("take.mp4", "song.wav", name) for name in ("long version", "short version")]
    held[1].video_tracks()[0].pop(1)
    texts = [write_xmeml(one, "premiere")[0] for one in held]
    second = texts[1][texts[1].index("<sequence") : texts[1].index("</sequence>")]
    path.write_text(texts[0].replace("</sequence>", f"</sequence>{second}</sequence>", 1))
    return path


def test_of_several_sequences_one_is_named(run: Run, edits: Path, tmp_path: Path) -> None:
    path, out = several(edits), tmp_path / "out"
    for argv in (
        ("explain", path),
        ("check", path),
        ("render", path, "-o", out.with_suffix(".mp4")),
        ("export", path, "-o", out.with_suffix(".xml"), "--for", "premiere"),
        ("proxies", path, "-o", out.with_suffix(".otio")),
    ):
        ran = run(*argv)
        assert ran.status == 1, argv
        assert ran.err == (
            f"Error: {path} holds 2 sequences ('long version', 'short version'); say which is "
            "meant with --sequence NAME\n"
        )
        meant = run(*argv, "--sequence", "short version")
        assert meant.status == 0, meant.err
        wrong = run(*argv, "--sequence", "other", *(["--force"] if "-o" in argv else []))
        assert wrong.status == 1
        assert "no sequence in" in wrong.err
        assert "is called 'other'; there are 'long version', 'short version'" in wrong.err
    song = edits / "song.wav"
    kept = run("plan", song, "-o", tmp_path / "p.otio", "--keep", path, "--fps", "25")
    assert kept.status == 1
    assert "save the one that is meant as a file of its own" in kept.err


def test_the_functions_take_what_an_adapter_returned(edits: Path, tmp_path: Path) -> None:
    held = otio.adapters.read_from_file(str(several(edits)), "idolsync_premiere")
    assert isinstance(held, otio.schema.SerializableCollection)
    with pytest.raises(TimelineError, match="the collection holds 2 sequences"):
        otio_idolsync.render(held, tmp_path / "m.mp4", media_root=edits)
    done = otio_idolsync.export(
        held, tmp_path / "m.edl", "edl", media_root=edits, sequence="short version"
    )
    assert done.files[0].read_text().count("FROM CLIP NAME") == 1
    with pytest.raises(TimelineError, match="holds a Clip 'x', not a timeline"):
        otio_idolsync.export(otio.schema.Clip("x"), tmp_path / "x.edl", "edl")


def test_what_only_a_planned_cut_holds_is_said_to_be_missing(
    run: Run, edits: Path, tmp_path: Path
) -> None:
    edit, song = edits / "edit.xml", edits / "song.wav"
    for argv, said in (
        (("explain", edit, "--shot", "S001"), "holds no shot ids, as only a planned cut does"),
        (("explain", edit, "--at", "bar3"), "the timeline holds no grid, as only a planned cut"),
        (
            ("render", edit, "-o", tmp_path / "m.mp4", "--from", "bar3"),
            "the timeline holds no grid",
        ),
        (
            ("plan", song, "-o", tmp_path / "p.otio", "--keep", edit, "--fps", "25"),
            f"{edit} does not say which song it is cut to, as only a planned cut does; re-sync it",
        ),
    ):
        ran = run(*argv)
        assert ran.status in (1, 2)
        assert said in ran.err
        assert ran.err.count("\n") == 1


def test_a_plan_that_went_through_an_editor_is_still_a_plan(
    run: Run, beat_song: Path, tmp_path: Path
) -> None:
    cut = tmp_path / "cut.otio"
    assert run("plan", beat_song, "-o", cut, "--fps", "25").status == 3
    for editor, name in (("premiere", "cut.xml"), ("fcp", "cut.fcpxml")):
        out = tmp_path / name
        assert run("export", cut, "-o", out, "--for", editor).status == 0
        assert run("explain", out).out == run("explain", cut).out
        assert run("explain", out, "--at", "bar3").out == run("explain", cut, "--at", "bar3").out
        assert check(out).findings == check(cut).findings
        kept = run("plan", beat_song, "-o", tmp_path / "n.otio", "--keep", out, "--fps", "25", "-q")
        assert kept.status == 3, kept.err
        back = run("resync", cut, "--plan", out, "-o", tmp_path / f"{name}.otio", "--json")
        assert json.loads(back.out)["summary"]["changed"] == 0
        (tmp_path / "n.otio").unlink()


def test_a_file_that_is_none_of_the_forms_is_one_sentence(run: Run, tmp_path: Path) -> None:
    words = tmp_path / "words.xml"
    words.write_text("these are words")
    (tmp_path / "folder").mkdir()
    empty = tmp_path / "clips.xml"
    empty.write_text('<xmeml version="5"><bin><children/></bin></xmeml>')
    for path, said in (
        (words, "is of no form that is known here; give .otio, .otioz, xmeml (.xml), .fcpxml"),
        (tmp_path / "folder", "is a folder; name a file in it"),
        (tmp_path / "gone.xml", "does not exist; check the path"),
        (empty, "holds no sequence; export the timeline, not its clips"),
    ):
        for argv in (("explain", path), ("check", path)):
            ran = run(*argv)
            assert ran.status == 1
            assert str(path) in ran.err
            assert said in ran.err
            assert ran.err.count("\n") == 1


def test_without_the_adapters_an_editors_file_is_one_sentence(edits: Path) -> None:
    code = "import sys; from otio_idolsync.cli import main; main(sys.argv[1:])"
    program = [sys.executable, "-P", "-c", code, "explain", str(edits / "edit.xml")]
    ran = subprocess.run(
        program,
        env={"OTIO_DISABLE_ENTRYPOINTS_PLUGINS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1
    assert "OpenTimelineIO does not find the adapter idolsync_premiere; install" in ran.stderr
    assert ran.stderr.count("\n") == 1


def test_a_zipped_bundle_that_is_none_or_reaches_out_is_refused(
    edits: Path, tmp_path: Path
) -> None:
    path = tmp_path / "odd.otioz"
    with zipfile.ZipFile(path, "w") as out:
        out.writestr("readme.txt", "x")
    with pytest.raises(TimelineError, match=r"a zip file without content\.otio, and no \.otioz"):
        read_cut(path)
    path.write_bytes((edits / "edit.otioz").read_bytes()[:900])
    with pytest.raises(TimelineError, match=r"odd\.otioz cannot be read: it is a damaged zip"):
        read_cut(path)
    shutil.copyfile(edits / "edit.otioz", path)
    with zipfile.ZipFile(path, "a") as out:
        out.writestr("media/../../out.mov", "x")
    with pytest.raises(
        TimelineError, match=r"a file outside of itself, 'media/\.\./\.\./out\.mov'"
    ):
        otio_idolsync.render(path, tmp_path / "m.mp4")
    assert not list(tmp_path.glob("*.mov"))


def test_media_of_a_bundle_never_replace_a_file_beside_an_export(
    run: Run, edits: Path, tmp_path: Path
) -> None:
    out, theirs = tmp_path / "out.xml", tmp_path / "out.media" / "media" / "take.mp4"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("somebody's")
    ran = run("export", edits / "edit.otioz", "-o", out, "--for", "premiere")
    assert (ran.status, theirs.read_text(), out.exists()) == (1, "somebody's", False)
    assert f"{theirs} exists and is not the one in" in ran.err


def test_a_broken_file_of_an_editor_names_itself(tmp_path: Path) -> None:
    path = tmp_path / "broken.xml"
    path.write_text('<xmeml version="5"><sequence>')
    with pytest.raises(InterchangeError, match=r"broken\.xml"):
        read_cut(path)


def test_an_adapter_writes_the_only_timeline_of_a_collection(tmp_path: Path) -> None:
    one = an_edit("take.mp4", "song.wav")
    for adapter in ("idolsync_sync", "idolsync_edl", "idolsync_markers_edl"):
        alone = otio.schema.SerializableCollection("c", [one.deepcopy()])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            text = otio.adapters.write_to_string(alone, adapter)
            assert text == otio.adapters.write_to_string(one, adapter)
        two = otio.schema.SerializableCollection("c", [one.deepcopy(), one.deepcopy()])
        with pytest.raises(otio.exceptions.OTIOError, match="holds 2 sequences"):
            otio.adapters.write_to_string(two, adapter)


@pytest.mark.parametrize("name", COUNTED)
def test_diff_and_resync_take_any_edit(edits: Path, tmp_path: Path, name: str) -> None:
    found = otio_idolsync.diff(edits / "edit.otio", edits / name)
    assert [shot.changes for shot in found.shots] == [["kept"], ["kept"]]
    done = otio_idolsync.resync(edits / name, edits / "edit.otio", output=tmp_path / "next.otio")
    assert [shot.changes for shot in done.comparison.shots] == [["kept"], ["kept"]]
    assert done.spine.ok, done.spine.why
    assert any("is shown from the cache" in note for note in done.notes) == (name == "edit.otioz")
    back = otio_idolsync.resync(edits / "edit.otio", edits / name, output=tmp_path / "next.otio")
    for clip in back.timeline.find_clips():
        url = clip.media_reference.target_url
        assert Locator(tmp_path).find(url).is_file(), url
