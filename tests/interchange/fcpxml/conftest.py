"""Fixtures for the tests of FCPXML."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "fcpxml_cuts", Path(__file__).with_name("cuts.py")
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# The tests are imported by path, so that a module beside them must be made known by name.
sys.modules.setdefault("fcpxml_cuts", _load())


@pytest.fixture
def document() -> Callable[..., str]:
    """A maker of documents with one project: ``document(spine, resources, rate, start)``."""

    def make(spine: str, resources: str = "", frame: str = "100/2400s", **more: Any) -> str:
        start = more.get("start", "0s")
        return f"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE fcpxml>
<fcpxml version="1.10"><resources>
<format id="r1" frameDuration="{frame}" width="1920" height="1080"/>
<asset id="a" name="A" start="0s" duration="100s" hasVideo="1" hasAudio="1" format="r1">
<media-rep src="file:///m/a.mov"/></asset>
<asset id="s" name="S" start="0s" duration="100s" hasAudio="1" audioRate="48000">
<media-rep src="file:///m/s.wav"/></asset>
<effect id="e" name="Basic Title" uid=".../Basic Title.moti"/>
{resources}</resources>
<library><event name="E"><project name="P"><sequence format="r1" tcStart="{start}">
<spine>{spine}</spine></sequence></project></event></library></fcpxml>"""

    return make
