"""A shot made by its own command is the object that the renderer would have made."""

from __future__ import annotations

import json
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import jsonschema
import opentimelineio as otio
import pytest

from otio_idolsync import render
from otio_idolsync.cut.locate import Locator
from otio_idolsync.cut.look import Look
from otio_idolsync.cut.read import read_timeline
from otio_idolsync.errors import RenderError, UsageError
from otio_idolsync.media.known import KnownMedia
from otio_idolsync.rendering.conform import conform
from otio_idolsync.rendering.keys import shot_key
from otio_idolsync.rendering.model import Black, Footage, Layer, Layers, Plate, Ramp, ShotJob
from otio_idolsync.rendering.shot import ShotCommand, run_command, write_commands
from otio_idolsync.rendering.store import Store
from otio_idolsync.schemas import load_schema

RT = otio.opentime.RationalTime


@pytest.fixture
def written(project):
    """A timeline of footage, a dissolve, a gap, images and a slate, and its job files."""
    clip = project.media("a.mp4", frames=60)
    project.shot(clip, 10, 12)
    project.picture.append(otio.schema.Transition("d", "SMPTE_Dissolve", RT(3, 24), RT(3, 24)))
    project.shot(clip, 30, 12)
    project.picture.append(otio.schema.Gap(duration=RT(4, 24)))
    project.shot(None, 0, 5, "wanted", schema="idolsync.clip/1", role="placeholder")
    plan = conform(read_timeline(project.save()), Locator(project.folder), (160, 90))
    cache = project.folder / "cache"
    media = KnownMedia(cache)
    jobs = [(job, shot_key(job, plan.output, media)) for job in plan.jobs]
    return project, cache, jobs, write_commands(project.folder / "jobs", cache, plan.output, jobs)


def test_job_files_are_what_their_schema_says_and_read_back_alike(written):
    _project, cache, jobs, paths = written
    assert any(isinstance(job.content, Layers) for job, _ in jobs)
    for path, (job, key) in zip(paths, jobs, strict=True):
        data = json.loads(path.read_text())
        jsonschema.validate(data, load_schema("shot"))
        command = ShotCommand.from_json(data)
        assert (command.job, command.key, command.cache) == (job, key, cache)


def test_everything_that_a_layer_can_hold_reads_back_alike(written):
    _project, cache, jobs, _paths = written
    footage = next(job.content for job, _ in jobs if isinstance(job.content, Footage | Layers))
    look = Look(native=(640, 360), degrees=Fraction(1, 3), opacity=Fraction(1, 2), fit="fill")
    ramp = Ramp(0, 4, Fraction(0), Fraction(1, 4))
    layers = Layers((Layer(Plate((1, 2, 3)), 0, 9), Layer(footage, 1, 8, look, (ramp,), (1, 2))))
    job = ShotJob("S9", 7, 9, Layers((Layer(layers, 0, 9), Layer(Black(), 0, 9)), mixed=True))
    output = ShotCommand.from_json(json.loads(_paths[0].read_text())).output
    command = ShotCommand("0" * 64, cache, output, job)
    assert ShotCommand.from_json(json.loads(json.dumps(command.to_json()))) == command


def test_the_command_makes_the_objects_that_a_render_then_only_joins(written):
    project, cache, jobs, paths = written
    for path in paths:
        assert run_command(path)[1]
        assert not run_command(path)[1]
    movie = project.folder / "m.mp4"
    report = render(project.folder / "cut.otio", movie, cache=cache, size="160x90")
    assert {shot.action for shot in report.shots} == {"reused"}
    assert [shot.key for shot in report.shots] == [key for _, key in jobs]
    other = project.folder / "other"
    render(project.folder / "cut.otio", movie, cache=other, size="160x90", jobs=1)
    for _, key in jobs:
        one, two = (Store(root).path("shots", key, ".mp4") for root in (cache, other))
        assert frames_of(one) == frames_of(two)


def frames_of(path: Path) -> list[bytes]:
    import av

    with av.open(str(path)) as movie:
        return [frame.to_ndarray().tobytes() for frame in movie.decode(video=0)]


def test_it_runs_as_a_program_and_prints_where_the_object_lies(written):
    _project, cache, jobs, paths = written
    argv = [sys.executable, "-P", "-m", "otio_idolsync.rendering.shot", str(paths[0])]
    ran = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert Path(ran.stdout.strip()) == Store(cache).path("shots", jobs[0][1], ".mp4")
    assert Path(ran.stdout.strip()).is_file()


def test_changed_media_and_damaged_jobs_are_refused(written, capfd):
    from otio_idolsync.cli import main

    project, _cache, _jobs, paths = written
    project.media("a.mp4", frames=60, options={"crf": "30"})
    with pytest.raises(RenderError, match="write the job again"):
        run_command(paths[0])
    paths[1].write_text(paths[1].read_text().replace("idolsync.shot/1", "idolsync.shot/2"))
    with pytest.raises(RenderError, match=r"idolsync\.shot/2"):
        run_command(paths[1])
    paths[2].write_text('{"schema": "idolsync.shot/1", "key": "0"}')
    with pytest.raises(SystemExit) as stop:
        main(["shot", str(paths[2])])
    assert stop.value.code == 1
    assert capfd.readouterr().err.count("Error: the job is damaged") == 1


def test_a_dry_run_writes_jobs_for_what_has_to_be_made_only(project):
    clip = project.media("a.mp4", frames=60)
    for start in (0, 20, 0):
        project.shot(clip, start, 8)
    cut, movie, jobs = project.save(), project.folder / "m.mp4", project.folder / "jobs"
    options = {"cache": project.folder / "cache", "size": "160x90"}
    report = render(cut, movie, dry_run=True, write_jobs=jobs, **options)
    paths = sorted(jobs.glob("*.json"))
    assert {path.stem for path in paths} == {shot.key for shot in report.shots}
    assert len(paths) == 2
    run_command(paths[0])
    after = project.folder / "after"
    render(cut, movie, dry_run=True, write_jobs=after, **options)
    assert [path.stem for path in after.iterdir()] == [paths[1].stem]
    run_command(paths[1])
    assert {shot.action for shot in render(cut, movie, **options).shots} == {"reused"}
    with pytest.raises(UsageError, match="add --dry-run"):
        render(cut, movie, write_jobs=jobs, **options)
