"""Any local tool from a recipe: what it is given, what is taken back, and what is refused."""

from __future__ import annotations

import time
import wave
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from otio_idolsync.errors import LipsyncError
from otio_idolsync.lipsync.provider import LipsyncJob, inputs_sha256
from otio_idolsync.lipsync.recipe import RECIPE_SCHEMA, find_recipe, recipe_names
from otio_idolsync.lipsync.run import run_job

MakeJob = Callable[..., LipsyncJob]


def test_both_tools_have_a_recipe() -> None:
    assert {"wav2lip", "latentsync-1.6"} <= set(recipe_names())


@pytest.mark.parametrize("recipe", ["wav2lip", "latentsync-1.6"])
@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(25), Fraction(30)])
def test_a_tool_at_25_frames_gives_exactly_the_shot_at_any_rate(
    make_job: MakeJob, coded, checkouts: Path, recipe: str, rate: Fraction
) -> None:
    take = coded.clip(checkouts / "take.mp4", frames=120, rate=str(rate), size=(320, 180))
    params = {"recipe": recipe, "mouth": {"x": 0.5, "y": 0.5, "width": 0.1}}
    job = make_job(
        frames=20, rate=rate, media=take, face_start_frame=11, params=params, seed=7, start=1.0
    )
    run_job(job, checkouts / "S001.mov", "command")
    shown = coded.numbers(checkouts / "S001.mov")
    # what is on screen at the tool's 25 frames, and from there at the job's rate
    at_tool = [11 + int(k * rate / 25 + Fraction(1, 40)) for k in range(40)]
    wanted = [at_tool[int(k * 25 / rate + Fraction(1, 40))] for k in range(20)]
    assert shown == wanted
    assert max(abs(a - (11 + k)) for k, a in enumerate(shown)) <= 1


def test_a_tool_gets_the_samples_of_the_shot_and_silence_after_the_song(
    make_job: MakeJob, recipes: Callable[..., None], tmp_path: Path
) -> None:
    kept = tmp_path / "kept.wav"
    recipes("keep", f"import shutil; shutil.copy(sys.argv[2], {str(kept)!r})\n"
            "copy(sys.argv[1], sys.argv[3], 24, False)")  # fmt: skip
    job = make_job(frames=24, start=9.5, params={"recipe": "keep"})
    run_job(job, tmp_path / "out.mov", "command")
    with wave.open(str(kept)) as heard, wave.open(str(job.song.path)) as song:
        assert heard.getframerate() == 24000
        assert heard.getnframes() == 24000
        song.setpos(int(9.5 * 24000))
        own = np.frombuffer(song.readframes(12000), "<i2").reshape(-1, 2)
        got = np.frombuffer(heard.readframes(24000), "<i2").reshape(-1, 2)
    assert np.abs(got[:12000].astype(int) - own).max() <= 1
    assert not got[12000:].any()


@pytest.mark.parametrize(
    ("count", "length", "said"),
    [
        (25, "exact", "wrote 25 frames where 24 were asked for; length = 'trim'"),
        (23, "exact", "wrote 23 frames where 24 were asked for"),
        (20, "trim", "wrote 20 frames where 24 are needed; raise extra_seconds"),
    ],
)
def test_a_tool_of_the_wrong_length_is_named(
    make_job: MakeJob,
    recipes: Callable[..., None],
    tmp_path: Path,
    count: int,
    length: str,
    said: str,
) -> None:
    recipes("off", f"copy(sys.argv[1], sys.argv[3], {count}, False)", length=length)
    with pytest.raises(LipsyncError, match=said):
        run_job(make_job(frames=24, params={"recipe": "off"}), tmp_path / "out.mov", "command")
    assert not (tmp_path / "out.mov").exists()


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("sys.exit('no face was found')", "ended with status 1: no face was found"),
        ("pass", "the tool wrote 0 files that match made.mp4"),
        ("open(sys.argv[3], 'w').write('junk')", "wrote no video that can be read"),
    ],
)
def test_a_tool_that_fails_is_named_with_its_last_word(
    make_job: MakeJob, recipes: Callable[..., None], tmp_path: Path, code: str, said: str
) -> None:
    recipes("bad", code)
    with pytest.raises(LipsyncError, match=said):
        run_job(make_job(params={"recipe": "bad"}), tmp_path / "out.mov", "command")


def test_a_tool_that_hangs_is_ended_with_everything_it_started(
    make_job: MakeJob, recipes: Callable[..., None], tmp_path: Path
) -> None:
    beat = tmp_path / "beat"
    child = f"import time\nwhile True: open({str(beat)!r}, 'a').write('x'); time.sleep(0.02)"
    recipes("hang", f"import subprocess; subprocess.run([sys.executable, '-c', {child!r}])",
            timeout=4.0)  # fmt: skip
    with pytest.raises(LipsyncError, match="not done after 4 s"):
        run_job(make_job(params={"recipe": "hang"}), tmp_path / "out.mov", "command")
    assert beat.stat().st_size > 0
    time.sleep(0.1)
    size = beat.stat().st_size
    time.sleep(0.3)
    assert beat.stat().st_size == size


def test_text_of_a_timeline_stays_one_argument(
    make_job: MakeJob, recipes: Callable[..., None], tmp_path: Path
) -> None:
    recipes("say", "assert sys.argv[4] == '$(touch x); a b', sys.argv\n"
            "copy(sys.argv[1], sys.argv[3], 12, False)",
            "{face}", "{audio}", "{output}", "{style}", params={"style": "plain"})  # fmt: skip
    params = {"recipe": "say", "style": "$(touch x); a b"}
    run_job(make_job(params=params), tmp_path / "out.mov", "command")


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({}, "needs the param recipe"),
        ({"recipe": "nothing"}, "recipe 'nothing' is not there; choose one of"),
        ({"recipe": "../../evil"}, "is not there"),
        ({"recipe": "/tmp/evil.toml"}, "is not there"),
        ({"recipe": "ok", "program": "rm"}, "has no param 'program'; it takes steps, style"),
        ({"recipe": "ok", "style": "--delete"}, "could be taken for an option"),
        ({"recipe": "ok", "steps": "many"}, "steps = 'many' should be a int"),
    ],
)
def test_a_timeline_chooses_neither_programs_nor_options(
    make_job: MakeJob, recipes: Callable[..., None], tmp_path: Path, params: dict, said: str
) -> None:
    recipes("ok", "pass", params={"steps": 3, "style": "plain"})
    with pytest.raises(LipsyncError, match=said):
        run_job(make_job(params=params), tmp_path / "out.mov", "command")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("schema = 1", "schema 1 is not idolsync.lipsync-recipe/1"),
        ("args = ['x'", "cannot be read"),
        (f"schema = {RECIPE_SCHEMA!r}\nargs = []", "args, models and env hold texts"),
        (f"schema = {RECIPE_SCHEMA!r}\nargs = 'x y'", "args = 'x y' is of the wrong kind"),
        (f"schema = {RECIPE_SCHEMA!r}\nargs = ['{{fave}}']", "placeholder {fave} is unknown"),
        (f"schema = {RECIPE_SCHEMA!r}\nargs = ['x']\nlength = 'any'", "neither 'exact' nor"),
        (f"schema = {RECIPE_SCHEMA!r}\nargs = ['x']\nshell = true", "key 'shell' is unknown"),
    ],
)
def test_a_wrong_recipe_is_named(
    recipes: Callable[..., None], text: str, said: str, tmp_path: Path
):
    (tmp_path / "recipes" / "wrong.toml").write_text(text)
    with pytest.raises(LipsyncError, match=said):
        find_recipe("wrong")


def test_a_missing_checkout_names_the_variable(
    make_job: MakeJob, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("WAV2LIP_PYTHON", raising=False)
    monkeypatch.delenv("WAV2LIP_HOME", raising=False)
    with pytest.raises(LipsyncError, match="needs the environment variable WAV2LIP_HOME"):
        inputs_sha256(make_job(params={"recipe": "wav2lip"}), "command", "0" * 64)


def test_another_model_or_recipe_makes_another_shot(make_job: MakeJob, checkouts: Path) -> None:
    job = make_job(params={"recipe": "wav2lip"})
    before = inputs_sha256(job, "command", "0" * 64)
    assert before == inputs_sha256(job, "command", "0" * 64)
    (checkouts / "wav2lip" / "checkpoints" / "wav2lip_gan.pth").write_text("better weights")
    assert inputs_sha256(job, "command", "0" * 64) != before


def test_a_generated_shot_of_a_tool_holds_no_sound(make_job: MakeJob, checkouts: Path) -> None:
    run_job(make_job(params={"recipe": "wav2lip"}), checkouts / "out.mov", "command")
    with av.open(str(checkouts / "out.mov")) as movie:
        assert len(movie.streams) == 1
