"""Any timeline of the supported features comes back from FCPXML as it was."""

from __future__ import annotations

import os
from pathlib import Path

import fcpxml_cuts as cuts
import opentimelineio as otio
import pytest
from hypothesis import HealthCheck, given, settings
from lxml import etree

from otio_idolsync.interchange.fcpxml import read_fcpxml, write_fcpxml

_DTD = os.environ.get("IDOLSYNC_DTD")
_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


@given(cuts.timelines())
@settings(max_examples=60, deadline=None, suppress_health_check=_SLOW)
def test_any_timeline_comes_back_as_it_was(timeline: otio.schema.Timeline) -> None:
    text, _losses = write_fcpxml(timeline)
    back = read_fcpxml(text)
    assert not cuts.difference(cuts.says(timeline), cuts.says(back))
    again = read_fcpxml(write_fcpxml(back)[0])
    assert not cuts.difference(cuts.says(timeline), cuts.says(again))


@pytest.mark.skipif(not _DTD, reason="set $IDOLSYNC_DTD to a folder of Apple's DTDs")
@given(cuts.timelines())
@settings(max_examples=25, deadline=None, suppress_health_check=_SLOW)
def test_any_timeline_is_valid_by_apples_dtd(timeline: otio.schema.Timeline) -> None:
    for version in ("1.8", "1.10", "1.13"):
        document = etree.fromstring(write_fcpxml(timeline, version)[0].encode())
        dtd = etree.DTD(str(Path(_DTD) / f"FCPXMLv{version.replace('.', '_')}.dtd"))
        assert dtd.validate(document), dtd.error_log.last_error
