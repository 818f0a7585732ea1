"""Colours of other primaries and in HDR become those that the standards' own formulas give."""

from __future__ import annotations

import math

import numpy as np
import pytest
from av import VideoFrame

from otio_idolsync.media.colour import Colours, colours_of, eetf, pq_code, pq_light, to_bt709

# Published matrices between linear lights: ITU-R BT.2087-0 (BT.2020), SMPTE RP 177 (the others).
FROM_BT2020 = [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]]
FROM_P3 = [[1.2249, -0.2247, 0], [-0.0420, 1.0419, 0], [-0.0197, -0.0786, 1.0979]]
FROM_SMPTE_C = [[0.9395, 0.0502, 0.0103], [0.0178, 0.9658, 0.0164], [-0.0016, -0.0044, 1.0060]]
FROM_EBU = [[1.0440, -0.0440, 0], [0, 1, 0], [0, 0.0118, 0.9882]]
HLG, PQ = 18, 16
LINEAR = 8


def frame_of(codes: np.ndarray, pixels: str = "gbrp16le") -> VideoFrame:
    """A row of colours, float [shape=(n, 3)] of 0 to 1, as a frame two rows high."""
    frame = VideoFrame(len(codes), 2, pixels)
    order = (1, 2, 0, 3)[: len(frame.planes)]
    alpha = np.full((len(codes), 1), 0.25)
    values = np.round(np.hstack([codes, alpha]) * 65535).astype("<u2")
    for plane, channel in zip(frame.planes, order, strict=True):
        rows = np.frombuffer(plane, "<u2").reshape(2, -1)
        rows[:, : len(codes)] = values[:, channel]
    return frame


def channels(frame: VideoFrame) -> np.ndarray:
    """The first row of a frame as 0 to 255, float [shape=(n, channels)]."""
    order = (2, 0, 1, 3)[: len(frame.planes)]
    rows = [np.frombuffer(frame.planes[k], "<u2").reshape(2, -1)[0, : frame.width] for k in order]
    return np.stack(rows, axis=1) / 257


def converted(codes, colours: Colours, hdr="tonemap", peak=0.0) -> np.ndarray:
    return channels(to_bt709(colours, hdr, peak)(frame_of(np.asarray(codes, float))))


def shown(light: np.ndarray) -> np.ndarray:
    """Light of BT.709's primaries as BT.1886 codes, 0 to 255."""
    return 255 * np.clip(light, 0, 1) ** (1 / 2.4)


def some_colours(count: int = 400) -> np.ndarray:
    codes = np.random.default_rng(1).random((count, 3))
    codes[:8] = np.array([[k >> 2 & 1, k >> 1 & 1, k & 1] for k in range(8)])
    return codes


@pytest.mark.parametrize(
    ("primaries", "matrix"), [(9, FROM_BT2020), (12, FROM_P3), (6, FROM_SMPTE_C), (5, FROM_EBU)]
)
@pytest.mark.parametrize("transfer", [1, 2, 6, 14])
def test_other_primaries_are_converted_in_linear_light(primaries, matrix, transfer):
    codes = some_colours()
    got = converted(codes, Colours(primaries, transfer))
    wanted = shown(codes**2.4 @ np.array(matrix).T)
    # The published matrices have four digits: next to black they are off by more.
    sure = np.abs(codes**2.4 @ np.array(matrix).T) > 1e-3
    assert np.abs(got - wanted)[sure].max() < 0.5


@pytest.mark.parametrize("primaries", [4, 5, 6, 8, 9, 11, 12, 22])
@pytest.mark.parametrize("transfer", [1, 4, 5, 13])
def test_greys_of_sdr_stay_as_they_are(primaries, transfer):
    greys = np.linspace(0, 1, 256)[:, None].repeat(3, axis=1)
    got = converted(greys, Colours(primaries, transfer))
    assert np.abs(got - 255 * greys).max() < 0.3


def test_linear_light_is_shown_as_srgb():
    got = converted([[0.0, 0.18, 1.0]], Colours(1, LINEAR))[0]
    assert np.abs(got - (0, 117.6, 255)).max() < 0.2


def bt2390(nits: float, source: float, target: float = 203) -> float:
    """BT.2390-11, 5.4.1.1, as it is written there, for a black of 0."""
    e1 = pq_of(min(nits, source)) / pq_of(source)
    most = pq_of(target) / pq_of(source)
    ks = 1.5 * most - 0.5
    if e1 < ks:
        return nits
    t = (e1 - ks) / (1 - ks)
    p = (2 * t**3 - 3 * t**2 + 1) * ks + (t**3 - 2 * t**2 + t) * (1 - ks)
    return nits_of((p + (-2 * t**3 + 3 * t**2) * most) * pq_of(source))


def pq_of(nits: float) -> float:
    y = (nits / 10000) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * y) / (1 + 18.6875 * y)) ** 78.84375


def nits_of(code: float) -> float:
    p = code ** (1 / 78.84375)
    return 10000 * (max(p - 0.8359375, 0) / (18.8515625 - 18.6875 * p)) ** (1 / 0.1593017578125)


def hlg_nits(codes: np.ndarray) -> np.ndarray:
    """BT.2100-2, table 5, on a display of 1000 cd/m2: the system's gamma is 1.2."""
    scene = [[x * x / 3 if x <= 0.5 else (math.exp((x - 0.55991073) / 0.17883277) + 0.28466892) / 12
              for x in row] for row in codes]  # fmt: skip
    luminance = np.array(scene) @ (0.2627, 0.6780, 0.0593)
    return 1000 * np.array(scene) * luminance[:, None] ** 0.2


def tone_mapped(nits: np.ndarray, source: float) -> np.ndarray:
    """Light of BT.2020's primaries as codes of BT.709, by its largest channel."""
    light = nits @ np.array(FROM_BT2020).T
    most = np.maximum(light.max(axis=1), 1e-6)
    gain = np.array([bt2390(m, source) / m for m in most])
    return shown(light * gain[:, None] / 203)


def test_pq_is_light_and_its_curve_is_bt2390s():
    for nits in (0.01, 1, 26, 92, 93, 203, 500, 1000, 4000):
        assert pq_code(nits) == pytest.approx(pq_of(nits), abs=1e-6)
        assert pq_light(pq_of(nits)) == pytest.approx(nits, rel=1e-6)
        assert eetf(nits, 1000, 203) == pytest.approx(bt2390(min(nits, 1000), 1000), rel=1e-6)
    assert eetf(150, 150, 203) == pytest.approx(150), "nothing is pressed that can be shown"


def mild(count: int = 300) -> np.ndarray:
    """Codes of 0 to 1 that are no more coloured than BT.709 can show."""
    codes = np.random.default_rng(2).random((count, 3))
    grey = codes.mean(axis=1, keepdims=True)
    return grey + 0.3 * (codes - grey)


@pytest.mark.parametrize(("told", "source"), [(0.0, 1000), (1000.0, 1000), (4000.0, 4000)])
def test_pq_is_tone_mapped_from_the_light_that_it_holds(told, source):
    codes = mild()
    nits = np.vectorize(nits_of)(codes)
    got = converted(codes, Colours(9, PQ), peak=told)
    assert np.abs(got - tone_mapped(nits, source)).max() < 1


def test_hlg_is_tone_mapped_as_a_display_of_1000_nits_shows_it():
    codes = mild()
    got = converted(codes, Colours(9, HLG))
    assert np.abs(got - tone_mapped(hlg_nits(codes), 1000)).max() < 1


def test_faces_and_greys_of_hlg_are_as_bright_as_in_sdr():
    """BT.2408: 38 % of the signal is grey of 26 cd/m2, 75 % is white of 203."""
    got = converted([[c] * 3 for c in (0.0, 0.38, 0.75, 1.0)], Colours(9, HLG))[:, 0]
    assert np.abs(got - (0, 108, 230, 255)).max() < 1.5


def test_clipped_hdr_is_cut_off_at_white():
    codes = mild()
    wanted = shown(hlg_nits(codes) @ np.array(FROM_BT2020).T / 203)
    assert np.abs(converted(codes, Colours(9, HLG), "clip") - wanted).max() < 1
    assert converted([[0.76] * 3, [1.0] * 3], Colours(9, HLG), "clip").min() == 255


def test_brighter_codes_never_become_darker():
    ramp = np.linspace(0, 1, 2000)[:, None] * (1.0, 0.9, 0.8)
    for colours in (Colours(9, HLG), Colours(9, PQ), Colours(9, 1)):
        assert np.diff(converted(ramp, colours)[:, 0]).min() > -0.05


def test_alpha_stays():
    codes = some_colours(16)
    made = to_bt709(Colours(9, HLG), "tonemap", 0.0)(frame_of(codes, "gbrap16le"))
    assert np.abs(channels(made)[:, 3] - 0.25 * 255).max() < 0.01


@pytest.mark.parametrize(
    ("told", "found", "plain"),
    [
        ((2, 2, 2), (1, 2), True),
        ((1, 1, 1), (1, 1), True),
        ((2, 13, 2), (1, 13), True),
        ((9, 18, 9), (9, 18), False),
        ((2, 18, 2), (9, 18), False),
        ((2, 2, 9), (9, 2), False),
        ((12, 1, 1), (12, 1), False),
        ((10, 1, 1), (1, 1), True),
    ],
)
def test_what_a_frame_leaves_out_is_told_by_the_rest(told, found, plain):
    frame = VideoFrame(16, 16, "yuv420p")
    frame.color_primaries, frame.color_trc, frame.colorspace = told
    assert colours_of(frame) == Colours(*found)
    assert colours_of(frame).plain == plain
