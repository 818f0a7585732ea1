"""The examples of docs/python.md do what the page says they do."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path
from typing import Any

import pytest

import otio_idolsync
from otio_idolsync.sample_projects import copy_sample

PAGE = (Path(__file__).parents[1] / "docs" / "python.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", PAGE, re.M | re.S)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str, str]]:
    """Each example with what it should print and what it printed, all run in turn."""
    folder, names, ran = tmp_path_factory.mktemp("python"), dict[str, Any](), []
    copy_sample(folder)
    with contextlib.chdir(folder):
        for code, wanted in EXAMPLES:
            with contextlib.redirect_stdout(io.StringIO()) as printed:
                exec(compile(code, "docs/python.md", "exec"), names)
            ran.append((code, wanted, printed.getvalue()))
    return ran


def test_every_example_prints_what_the_page_says(page: list[tuple[str, str, str]]) -> None:
    assert len(page) == 10
    for code, wanted, printed in page:
        assert printed == wanted, code


def test_the_page_names_everything_that_is_public() -> None:
    for name in set(otio_idolsync.__all__) - {"__version__"}:
        assert f"`{name}" in PAGE, name
