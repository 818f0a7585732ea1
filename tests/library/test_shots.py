"""A folder of shots is read as it is: what is usable, what the user said of it, what is broken."""

from __future__ import annotations

import os
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from PIL import Image

from otio_idolsync.errors import MediaError, SettingsError
from otio_idolsync.library.scan import scan_shots
from otio_idolsync.media.outputs import output_file
from otio_idolsync.media.workers import Workers

MakeClip = Callable[..., Path]


def images(folder: Path, numbers: range, name: str = "spark.{:04d}.png") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        Image.new("RGB", (32, 18), (number % 256, 0, 0)).save(folder / name.format(number))


def test_videos_stills_and_sequences_are_found_with_their_folders_as_tags(
    tmp_path: Path, make_clip: MakeClip
) -> None:
    make_clip(tmp_path / "stage" / "A01.mp4")
    images(tmp_path / "fx", range(1, 21))
    Image.new("RGB", (64, 64)).save(tmp_path / "poster.png")
    (tmp_path / "notes.txt").write_text("call sheet")
    library = scan_shots(tmp_path)
    found = {s.name: s for s in library.sources}
    assert {n: s.media.kind for n, s in found.items()} == {
        "A01": "video",
        "spark": "sequence",
        "poster": "still",
    }
    assert found["A01"].tags == {"stage"}
    assert found["spark"].media.frames == 20
    assert found["spark"].media.rate == 24
    assert [p.name for p in library.ignored] == ["notes.txt"]
    assert library.warnings == ()


def test_a_few_numbered_photographs_are_stills_not_a_sequence(tmp_path: Path) -> None:
    images(tmp_path, range(1, 6), "IMG_{:04d}.jpg")
    assert [s.media.kind for s in scan_shots(tmp_path).sources] == ["still"] * 5


def test_a_sequence_that_lacks_frames_is_named(tmp_path: Path) -> None:
    images(tmp_path, range(1, 15))
    images(tmp_path, range(20, 40))
    library = scan_shots(tmp_path)
    assert sorted(s.media.frames for s in library.sources) == [14, 20]
    assert "lacks frames 15-19" in library.warnings[0]


def test_a_sequence_may_outgrow_its_padding(tmp_path: Path) -> None:
    images(tmp_path, range(90, 110), "f{:02d}.png")
    (source,) = scan_shots(tmp_path).sources
    assert source.media.sequence is not None
    assert source.media.frames == 20
    assert source.media.sequence.path_of(15).name == "f105.png"


def test_an_unreadable_clip_among_good_ones_is_named_and_skipped(
    tmp_path: Path, make_clip: MakeClip
) -> None:
    make_clip(tmp_path / "good.mp4")
    (tmp_path / "broken.mp4").write_bytes(b"no movie at all")
    library = scan_shots(tmp_path)
    assert [s.name for s in library.sources] == ["good"]
    assert len(library.warnings) == 1
    assert "broken.mp4" in library.warnings[0]


@pytest.mark.skipif(os.name == "nt", reason="deaths have no names on this system")
def test_a_clip_that_ends_its_decoder_is_named_and_the_others_are_shots(
    tmp_path: Path, make_clip: MakeClip, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "deadly", "z"):
        make_clip(tmp_path / "shots" / f"{name}.mp4")
    (tmp_path / "deadly.py").write_text(
        "import os, signal\n"
        "from otio_idolsync.media.probe import look_into\n"
        "def look(path):\n"
        "    if 'deadly' in os.path.basename(path):\n"
        "        os.kill(os.getpid(), signal.SIGSEGV)\n"
        "    return look_into(path)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    workers = Workers()
    monkeypatch.setattr("otio_idolsync.media.probe.WORKERS", workers)
    monkeypatch.setattr("otio_idolsync.media.probe._TASK", "deadly:look")
    library = scan_shots(tmp_path / "shots")
    workers.close()
    assert [s.name for s in library.sources] == ["a", "z"]
    (said,) = library.warnings
    assert said.startswith(f"skipped: media {tmp_path / 'shots' / 'deadly.mp4'} cannot be read")
    assert said.endswith(
        "its decoder died (SIGSEGV); convert it to another format, or leave it out"
    )


@pytest.mark.parametrize(
    "name",
    ["a.avif", "b.apng", "c.webp", "d.jp2", "e.jxl", "f.heif", "g.psd", "h.ogv", "i.y4m", "j.fits"],
)
def test_a_broken_picture_of_any_kind_is_named(
    tmp_path: Path, make_clip: MakeClip, name: str
) -> None:
    make_clip(tmp_path / "good.mp4")
    (tmp_path / name).write_bytes(b"no picture at all" * 40)
    library = scan_shots(tmp_path)
    assert [s.name for s in library.sources] == ["good"]
    (said,) = library.warnings
    assert said.startswith("skipped: ")
    assert f"{tmp_path / name} " in said
    assert "cannot be read as a picture or video" in said or "cannot be decoded here" in said


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("a.CR2", "is a camera's raw picture; develop it to JPEG, PNG or TIFF"),
        ("b.braw", "is a camera's raw video; transcode it, for example to ProRes"),
        ("c.svg", "is a drawing; export it as PNG"),
        ("d.kra", "is a painting or animation program's document; export it as PNG or as a video"),
        ("e.xyz", "is of a kind (.xyz) that is not read here; export it as PNG or as a video"),
    ],
)
def test_a_kind_that_nothing_here_reads_is_named_with_what_to_do(
    tmp_path: Path, make_clip: MakeClip, name: str, why: str
) -> None:
    make_clip(tmp_path / "good.mp4")
    (tmp_path / name).write_bytes(b"II*\0")
    library = scan_shots(tmp_path)
    assert library.warnings == (f"skipped: {tmp_path / name} {why}",)
    assert library.ignored == ()


def test_what_is_known_to_be_no_picture_is_passed_over(tmp_path: Path, make_clip: MakeClip) -> None:
    make_clip(tmp_path / "good.mp4")
    names = ["README", "cut.prproj", "grade.cube", "list.xmp", "song.wav", "words.lrc"]
    for name in names:
        (tmp_path / name).write_text("x")
    library = scan_shots(tmp_path)
    assert library.warnings == ()
    assert [path.name for path in library.ignored] == names


def test_a_folder_without_shots_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="holds no video, still or image sequence"):
        scan_shots(tmp_path)
    with pytest.raises(MediaError, match="does not exist"):
        scan_shots(tmp_path / "nowhere")


def test_a_folder_of_broken_clips_says_so(tmp_path: Path) -> None:
    (tmp_path / "broken.mov").write_bytes(b"x")
    with pytest.raises(MediaError, match=r"1 failed, the first: .*broken\.mov"):
        scan_shots(tmp_path)


def test_shots_toml_is_applied_by_file_and_glob(tmp_path: Path, make_clip: MakeClip) -> None:
    make_clip(tmp_path / "take1.mp4")
    make_clip(tmp_path / "b" / "city.mp4")
    (tmp_path / "shots.toml").write_text(
        """
        [[shot]]
        file = "*.mp4"
        weight = 2
        tags = ["night"]
        [[shot]]
        file = "take1.mp4"
        role = "performance"
        performer = "Rin"
        sync_offset = -1.5
        in = 0.1
        out = 99.0
        mouth = {x = 0.5, y = 0.6, width = 0.1}
        max_uses = 3
        energy = 0.8
        """
    )
    found = {s.name: s for s in scan_shots(tmp_path).sources}
    take = found["take1"]
    assert (take.role, take.performer, take.sync_offset) == ("performance", "Rin", -1.5)
    assert (take.weight, take.max_uses, take.energy) == (2, 3, 0.8)
    assert take.mouth == (0.5, 0.6, 0.1)
    assert take.window == (0.1, float(take.media.seconds))
    assert found["city"].tags == {"b", "night"}


def test_numbered_images_can_be_declared_stills(tmp_path: Path) -> None:
    images(tmp_path, range(1, 21))
    (tmp_path / "shots.toml").write_text("[[shot]]\nfile = '*.png'\nsequence = false\n")
    assert len(scan_shots(tmp_path).sources) == 20


def test_a_sequence_plays_at_the_rate_the_user_says(tmp_path: Path) -> None:
    images(tmp_path, range(1, 21))
    (tmp_path / "shots.toml").write_text("[[shot]]\nfile = '*.png'\nrate = 12.5\n")
    (source,) = scan_shots(tmp_path).sources
    assert source.media.rate == Fraction(25, 2)
    assert source.media.seconds == Fraction(8, 5)


def test_a_table_that_no_file_answers_to_is_warned_of(tmp_path: Path, make_clip: MakeClip) -> None:
    make_clip(tmp_path / "a.mp4")
    (tmp_path / "shots.toml").write_text("[[shot]]\nfile = 'b.mp4'\n")
    assert "no shot matches file = 'b.mp4'" in scan_shots(tmp_path).warnings[0]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[[shot]]\nfile = 'a.mp4'\nrole = 'hero'\n", "role = 'hero' should be one of broll"),
        ("[[shot]]\nfile = 'a.mp4'\ncolour = 1\n", "key 'colour' is unknown; known are file"),
        ("[[shot]]\nrole = 'broll'\n", r"number 1: it has no file"),
        ("[[shot]\n", "cannot be read"),
        ("[shots]\n", "'shots' is not understood"),
        ("[[shot]]\nfile = 'a.mp4'\nenergy = 7\n", "energy 7.0 is outside 0 to 1"),
        ("[[shot]]\nfile = 'a.mp4'\nin = 5.0\nout = 2.0\n", "window in = 5, out = 2 leaves"),
        ("[[shot]]\nfile = 'a.mp4'\nin = 99\n", r"in = 99 leaves nothing of a\.mp4, which lasts"),
        ("[[shot]]\nfile = 'a.mp4'\nsync_offset = inf\n", "should be a finite number"),
        ("[[shot]]\nfile = 'a.mp4'\nweight = inf\n", "should be a finite number"),
        ("[[shot]]\nfile = 'a.mp4'\nrate = 0\n", "rate = 0 should be a frame rate"),
        ("[[shot]]\nfile = 'a.mp4'\nweight = true\n", "weight = True should be a number"),
    ],
)
def test_a_wrong_shots_toml_is_one_sentence(
    tmp_path: Path, make_clip: MakeClip, text: str, sentence: str
) -> None:
    make_clip(tmp_path / "a.mp4")
    (tmp_path / "shots.toml").write_text(text)
    with pytest.raises(SettingsError, match=sentence):
        scan_shots(tmp_path)


def test_a_shots_toml_that_begins_with_a_byte_order_mark_is_read(
    tmp_path: Path, make_clip: MakeClip
) -> None:
    make_clip(tmp_path / "a.mp4")
    (tmp_path / "shots.toml").write_text("\ufeff[[shot]]\nfile = 'a.mp4'\nweight = 2\n", "utf-8")
    assert [s.weight for s in scan_shots(tmp_path).sources] == [2.0]


def test_a_link_back_up_the_tree_offers_no_clip_twice(tmp_path: Path, make_clip: MakeClip) -> None:
    (tmp_path / "live").mkdir()
    make_clip(tmp_path / "live" / "a.mp4")
    (tmp_path / "live" / "again").symlink_to("..", target_is_directory=True)
    assert [s.name for s in scan_shots(tmp_path).sources] == ["a"]


def test_a_movie_that_was_rendered_into_the_folder_is_no_shot(
    tmp_path: Path, make_clip: MakeClip
) -> None:
    make_clip(tmp_path / "a.mp4")
    with output_file(tmp_path / "final.mp4") as temporary:
        temporary.write_bytes((tmp_path / "a.mp4").read_bytes())
    library = scan_shots(tmp_path)
    assert [s.name for s in library.sources] == ["a"]
    assert "final.mp4 was written by idolsync" in library.warnings[0]
