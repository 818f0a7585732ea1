"""An option is written once: command, function, docstring and adapter say the same of it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from types import NoneType
from typing import Any, get_args

import click
import opentimelineio as otio
import pytest

from otio_idolsync import analyze, plan, render
from otio_idolsync.adapters.bridge import AdapterError, takes
from otio_idolsync.analysis.listening import Listening
from otio_idolsync.cli.analyze import command as analyze_command
from otio_idolsync.cli.plan import command as plan_command
from otio_idolsync.cli.render import command as render_command
from otio_idolsync.errors import UsageError
from otio_idolsync.options import Field, fields_of
from otio_idolsync.planning.options import PlanOptions
from otio_idolsync.rendering.options import RenderOptions

# What a command says itself: its files, and how it answers.
OF_COMMANDS = {"song", "shots", "cut", "output", "force", "click_track", "relative", "as_json",
               "quiet", "verbose"}  # fmt: skip
TAKEN = [
    (Listening, analyze_command, analyze),
    (PlanOptions, plan_command, plan),
    (RenderOptions, render_command, render),
]


@pytest.mark.parametrize(("record", "command", "function"), TAKEN)
def test_command_and_function_take_what_the_record_says(
    record: type, command: click.Command, function: Callable[..., Any]
) -> None:
    fields = fields_of(record)
    taken = {param.name: param for param in command.params if param.name not in OF_COMMANDS}
    keywords = inspect.signature(function).parameters
    left_out = command.make_context("idolsync", ["in", "-o", "out"]).params
    assert len(fields) > 9
    assert set(taken) - {"cache"} == {f.name for f in fields if f.flag} - {"cache"}
    for field in fields:
        assert keywords[field.name].default == field.option.default
        assert f"        {field.name}: {field.said}\n" in str(function.__doc__)
        if field.flag:
            assert taken[field.name].help == field.option.help
            assert field.flag.split("/")[0] in taken[field.name].opts
            assert str(left_out[field.name]) == str(field.option.default)


@pytest.mark.parametrize("field", [*fields_of(PlanOptions), *fields_of(RenderOptions)],
                         ids=lambda field: field.name)  # fmt: skip
def test_a_default_is_what_the_option_may_be(field: Field) -> None:
    default = field.option.default
    if default is None:
        assert NoneType in get_args(field.hint)
    elif field.choices:
        assert default in field.choices
    else:
        assert isinstance(default, tuple) if field.is_several else type(default) in field.types


def test_what_turns_something_off_says_so_in_the_docstring() -> None:
    said = "deinterlace: If False: keep the two fields of interlaced media as they are.\n"
    assert said in str(render.__doc__)


@pytest.mark.parametrize(
    ("function", "wrong", "said"),
    [
        (plan, {"energy_policy": "loud"}, "energy policy 'loud' is none of hold, drive, none"),
        (render, {"missing": "slates"}, "missing 'slates' is none of error, slate"),
        (render, {"audio_codec": "mp3"}, "audio codec 'mp3' is none of aac, alac, pcm"),
        (render, {"video_codec": "av1"}, "video codec 'av1' is none of h264, hevc, prores, ffv1"),
    ],
)
def test_a_word_that_an_option_does_not_know_is_refused_before_any_work(
    function: Callable[..., Any], wrong: dict[str, str], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        function("nowhere", "nowhere either", **wrong)


@pytest.mark.parametrize("function", [analyze, plan, render])
def test_an_option_that_does_not_exist_is_refused_before_any_work(
    function: Callable[..., Any],
) -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'nonsense'"):
        function("nowhere", **({"output": "movie"} if function is render else {}), nonsense=1)


def asked_of(record: type) -> Any:
    @takes("idolsync_some", record)
    def asked(filepath: str, **given: Any) -> dict[str, Any]:
        return given

    return asked


@pytest.mark.parametrize(
    ("record", "given", "read"),
    [
        (RenderOptions, {"jobs": "3", "handles": 12}, {"jobs": 3, "handles": 12}),
        (RenderOptions, {"draft": "yes", "deinterlace": "False"},
         {"draft": True, "deinterlace": False}),
        (RenderOptions, {"map": "/old=/new"}, {"media_map": (("/old", "/new"),)}),
        (RenderOptions, {"cache": "~/kept", "media_root": ""},
         {"cache": Path.home() / "kept", "media_root": None}),
        (RenderOptions, {"start": "8.3s", "size": None}, {"start": "8.3s"}),
        (PlanOptions, {"pin": "bar9", "beats_per_cut": 4},
         {"pins": ("bar9",), "beats_per_cut": "4"}),
        (PlanOptions, {"pin": ["1s", "2s"], "fps": 25}, {"pins": ("1s", "2s"), "fps": 25}),
        (PlanOptions, {"drop_frame": 0, "seed": "7"}, {"drop_frame": False, "seed": 7}),
    ],
)  # fmt: skip
def test_an_adapter_takes_numbers_texts_and_lists(
    record: type, given: dict[str, Any], read: dict[str, Any]
) -> None:
    assert asked_of(record)("file", **given) == read


@pytest.mark.parametrize(
    ("record", "given", "said"),
    [
        (RenderOptions, {"jobs": "all"}, "argument jobs = 'all' is no whole number"),
        (RenderOptions, {"draft": "a bit"}, "argument draft = 'a bit' is neither true nor false"),
        (RenderOptions, {"map": "/old"}, "argument map = '/old' should be OLD=NEW"),
        (RenderOptions, {"dry_run": True}, "idolsync_some knows no argument dry_run"),
        (RenderOptions, {"media_map": ()}, "idolsync_some knows no argument media_map"),
        (PlanOptions, {"keep": "x", "by": 1}, "idolsync_some knows no argument by, keep"),
    ],
)
def test_an_adapter_refuses_what_it_cannot_use(
    record: type, given: dict[str, Any], said: str
) -> None:
    with pytest.raises(AdapterError, match=said):
        asked_of(record)("file", **given)


@pytest.mark.parametrize(
    ("adapter", "feature", "some"),
    [
        ("idolsync_song", "read_from_file", {"filepath", "shots", "pin", "tap", "drop_frame"}),
        ("idolsync_conform", "write_to_file", {"input_otio", "filepath", "map", "start", "hdr"}),
    ],
)
def test_otiopluginfo_lists_the_arguments(adapter: str, feature: str, some: set[str]) -> None:
    found = otio.adapters.from_name(adapter).plugin_info_map()["supported features"][feature]
    assert set(found["args"]) > some
