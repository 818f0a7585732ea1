"""Bring pictures of other primaries and transfer curves to those of BT.709, in linear light.

Codes become light by their curve (ITU-T H.273 numbers it), light of one set of primaries becomes
light of another by a matrix [1]_, and light becomes codes again. Colours that BT.709 cannot show
are clipped, each channel alone. SDR keeps its curve: only primaries change, and greys stay as they
are. HDR is light of a display: PQ's as it is written, HLG's as a display of 1000 cd/m2 shows it
(system gamma 1.2) [2]_. White of SDR is the reference white of HDR, 203 cd/m2 [3]_, so that faces
and greys are as bright as in other clips, and as phones show them. What is brighter than the knee
of BT.2390's curve (EETF) [4]_ is pressed into what is left, by the largest of the three channels,
so that hues stay.

.. [1] SMPTE RP 177, Derivation of basic television color equations.
.. [2] ITU-R BT.2100-2, tables 4 and 5.
.. [3] ITU-R BT.2408-7, table 1.
.. [4] ITU-R BT.2390-11, section 5.4.1.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from numpy.typing import ArrayLike, NDArray

Hdr = Literal["tonemap", "clip"]
HDR: tuple[Hdr, ...] = ("tonemap", "clip")
# Raised whenever the same codes would become others.
CONVERSION = 1
# cd/m2: of SDR's white, of the display that HLG is shown on, and of PQ that does not say its own or
# of any.
WHITE, HLG_PEAK, PQ_PEAK, _PQ_MOST = 203.0, 1000.0, 1000.0, 10000.0
BT709, BT2020 = 1, 9
_UNSPECIFIED = 2
LINEAR, SRGB, _PQ, _HLG = 8, 13, 16, 18
_CURVES = {_PQ: "PQ", _HLG: "HLG"}
# Curves of SDR that are plain powers; all others are BT.1886's, what SDR displays make of them.
_GAMMAS = {4: 2.2, 5: 2.8}
_UNKNOWN_CURVES = {9: "log 100:1", 10: "log 316:1", 17: "SMPTE ST 428"}
# Matrices of a wide gamut say its primaries where these are left out.
_WIDE_MATRICES = frozenset({9, 10})
_D65, _C, _DCI = (0.3127, 0.3290), (0.3100, 0.3160), (0.3140, 0.3510)
# x and y of red, green, blue and white, by their number in H.273.
_PRIMARIES = {
    1: ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060), _D65),
    4: ((0.670, 0.330), (0.210, 0.710), (0.140, 0.080), _C),
    5: ((0.640, 0.330), (0.290, 0.600), (0.150, 0.060), _D65),
    6: ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070), _D65),
    7: ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070), _D65),
    8: ((0.681, 0.319), (0.243, 0.692), (0.145, 0.049), _C),
    9: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046), _D65),
    11: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), _DCI),
    12: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), _D65),
    22: ((0.630, 0.340), (0.295, 0.605), (0.155, 0.077), _D65),
}
_BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)
# Planes of GBR, in the order red, green, blue.
_RGB = (2, 0, 1)
_MOST = 65535
# Rows at a time: what is worked on stays in a processor's cache.
_STRIP = 16
_Light = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Colours:
    """How a picture's codes stand for colours, numbered as in ITU-T H.273.

    Attributes:
        primaries: What red, green and blue are.
        transfer: The curve between codes and light.
    """

    primaries: int = BT709
    transfer: int = BT709

    @property
    def hdr(self) -> str:
        """``PQ`` or ``HLG``; "" for SDR."""
        return _CURVES.get(self.transfer, "")

    @property
    def plain(self) -> bool:
        """Whether they are BT.709's as they are."""
        return self.primaries == BT709 and self.transfer not in (LINEAR, _PQ, _HLG)

    @property
    def unknown(self) -> str:
        """The name of a curve that cannot be converted; "" where it can."""
        return _UNKNOWN_CURVES.get(self.transfer, "")


PLAIN = Colours()


def colours_of(frame: VideoFrame) -> Colours:
    """Return a frame's colours; what is not told is BT.709's, or BT.2020's where its matrix is."""
    primaries, transfer = int(frame.color_primaries), int(frame.color_trc)
    if primaries not in _PRIMARIES:
        wide = int(frame.colorspace) in _WIDE_MATRICES or transfer in _CURVES
        primaries = BT2020 if wide and primaries in (0, _UNSPECIFIED) else BT709
    return Colours(primaries, transfer)


@functools.lru_cache(maxsize=8)
def to_bt709(colours: Colours, hdr: Hdr, peak: float) -> Conversion:
    """Return what brings pictures of these colours to BT.709.

    Args:
        colours: Theirs.
        hdr: What becomes of light above SDR's white.
        peak: cd/m2 of the brightest light in PQ; 0 where nothing says so.
    """
    codes = np.arange(_MOST + 1) / _MOST
    made = Conversion.of(
        decoded(codes, colours.transfer),
        gamut_matrix(colours.primaries, BT709),
        encoded(codes**2, colours.transfer),
    )
    if colours.transfer == _HLG:
        system = (codes**2) ** 0.2 * HLG_PEAK / WHITE
        luminance = rgb_to_xyz(colours.primaries)[1]
        made = replace(made, luminance=_floats(luminance), system=_floats(system))
    if colours.hdr and hdr == "tonemap":
        top = HLG_PEAK if colours.transfer == _HLG else peak or PQ_PEAK
        # Saturated colours reach further in BT.709 than in their own primaries.
        most = 2 * (HLG_PEAK if colours.transfer == _HLG else _PQ_MOST) / WHITE
        light = np.maximum(codes**2 * most * WHITE, 1e-6)
        made = replace(made, most=most, gain=_floats(eetf(light, top, WHITE) / light))
    return made


@dataclass(frozen=True, slots=True, eq=False)
class Conversion:
    """Brings pictures of some colours to BT.709.

    Tables have 65536 values. Those that are looked up by light are indexed by its root, so that
    dark light lies close together.

    Attributes:
        light: Of each code, float32 [shape=(3, 65536)]: red, green, blue.
        matrix: From it to light of BT.709, float32 [shape=(3, 3)].
        codes: Of light of 0 to 1, uint16.
        luminance: Of light as decoded, float32 [shape=(3,)], where its gain hangs on that.
        system: This gain, by luminance of 0 to 1, float32.
        most: The brightest of the light for which ``gain`` is told; 0 where there is none.
        gain: By how much light is pressed, by its largest channel, float32.
    """

    light: NDArray[np.float32]
    matrix: NDArray[np.float32]
    codes: NDArray[np.uint16]
    luminance: NDArray[np.float32] | None = None
    system: NDArray[np.float32] | None = None
    most: float = 0.0
    gain: NDArray[np.float32] | None = None

    @classmethod
    def of(cls, light: _Light, matrix: _Light, codes: _Light) -> Conversion:
        """Return a conversion of light of one curve or three; codes are 0 to 1."""
        curves = np.broadcast_to(light, (3, _MOST + 1))
        return cls(_floats(curves), _floats(matrix), np.round(codes * _MOST).astype(np.uint16))

    def __call__(self, frame: VideoFrame) -> VideoFrame:
        """Return a frame in BT.709; both are RGB of 16 bits in planes, full range."""
        made = VideoFrame(frame.width, frame.height, frame.format.name)
        source, target = ([_rows(plane) for plane in f.planes] for f in (frame, made))
        for top in range(0, frame.height, _STRIP):
            rows = slice(top, top + _STRIP)
            channels = zip(self.light, _RGB, strict=True)
            light = np.stack([curve.take(source[k][rows], mode="clip") for curve, k in channels])
            codes = self.codes.take(_roots(self._shown(light.reshape(3, -1)), 1.0), mode="clip")
            for k, plane in zip(_RGB, codes.reshape(light.shape), strict=True):
                target[k][rows] = plane
        for alpha, kept in zip(target[3:], source[3:], strict=True):
            alpha[:] = kept
        return made

    def _shown(self, light: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return light of BT.709's primaries, 1 for white, from that of the source's."""
        if self.luminance is not None and self.system is not None:
            light *= self.system.take(_roots(self.luminance @ light, 1.0), mode="clip")
        shown: NDArray[np.float32] = self.matrix @ light
        if self.gain is not None:
            shown *= self.gain.take(_roots(shown.max(axis=0), self.most), mode="clip")
        return shown


def rgb_to_xyz(primaries: int) -> _Light:
    """Return the matrix from light of some primaries to CIE XYZ, float64 [shape=(3, 3)]."""
    *colours, white = (_xyz(*spot) for spot in _PRIMARIES[primaries])
    columns = np.stack(colours, axis=1)
    return np.asarray(columns * np.linalg.solve(columns, white))


def gamut_matrix(source: int, target: int) -> _Light:
    """Return the matrix from light of some primaries to that of others, white to white."""
    return _from_white(_xyz(*_PRIMARIES[source][3]), target) @ rgb_to_xyz(source)


def d50_to_light(target: int) -> _Light:
    """Return the matrix from CIE XYZ under D50, as ICC profiles count, to light of primaries."""
    return _from_white(np.array([0.9642, 1.0, 0.8249]), target)


def _from_white(white: _Light, target: int) -> _Light:
    """Return the matrix from XYZ under a white to light of some primaries, after Bradford."""
    seen, wanted = (_BRADFORD @ xyz for xyz in (white, _xyz(*_PRIMARIES[target][3])))
    adapt = np.linalg.solve(_BRADFORD, (wanted / seen)[:, None] * _BRADFORD)
    return np.asarray(np.linalg.solve(rgb_to_xyz(target), adapt))


def eetf(light: ArrayLike, source: float, target: float) -> _Light:
    """Return what BT.2390's curve makes of light for a display that is not as bright.

    Args:
        light: cd/m2.
        source: The brightest light there is, in cd/m2.
        target: The brightest that the display shows.
    """
    most = pq_code(source)
    code = np.minimum(pq_code(light) / most, 1.0)
    top = min(float(pq_code(target) / most), 1.0)
    knee = 1.5 * top - 0.5
    t = np.clip((code - knee) / max(1 - knee, 1e-9), 0, 1)
    above = (
        (2 * t**3 - 3 * t**2 + 1) * knee
        + (t**3 - 2 * t**2 + t) * (1 - knee)
        + (-2 * t**3 + 3 * t**2) * top
    )
    return pq_light(np.where(code < knee, code, above) * most)


def pq_light(code: ArrayLike) -> _Light:
    """Return the light of a PQ code of 0 to 1, in cd/m2."""
    root = np.asarray(code, float) ** (32 / 2523)
    part = np.maximum(root - 3424 / 4096, 0) / (2413 / 128 - 2392 / 128 * root)
    return np.asarray(10000 * part ** (16384 / 2610))


def pq_code(light: ArrayLike) -> _Light:
    """Return the PQ code, 0 to 1, of light in cd/m2."""
    root = (np.asarray(light, float) / 10000) ** (2610 / 16384)
    return np.asarray(((3424 / 4096 + 2413 / 128 * root) / (1 + 2392 / 128 * root)) ** (2523 / 32))


def decoded(codes: _Light, transfer: int) -> _Light:
    """Return light: 1 is SDR's white; of HLG, the brightest scene."""
    if transfer == _PQ:
        return pq_light(codes) / WHITE
    if transfer == _HLG:
        a, b, c = 0.17883277, 0.28466892, 0.55991073
        return np.where(codes <= 0.5, codes**2 / 3, (np.exp((codes - c) / a) + b) / 12)
    if transfer == LINEAR:
        return codes
    if transfer == SRGB:
        return np.where(codes <= 0.04045, codes / 12.92, ((codes + 0.055) / 1.055) ** 2.4)
    return np.asarray(codes ** _GAMMAS.get(transfer, 2.4))


def encoded(light: _Light, transfer: int) -> _Light:
    """Return codes of light of 0 to 1; linear light becomes sRGB, as it is looked at."""
    if transfer in (LINEAR, SRGB):
        dark = light <= 0.0031308
        return np.where(dark, 12.92 * light, 1.055 * np.maximum(light, 1e-9) ** (1 / 2.4) - 0.055)
    return np.asarray(light ** (1 / _GAMMAS.get(transfer, 2.4)))


def _floats(values: _Light) -> NDArray[np.float32]:
    return np.ascontiguousarray(values, np.float32)


def _xyz(x: float, y: float) -> _Light:
    return np.array([x / y, 1, (1 - x - y) / y])


def _roots(light: NDArray[np.float32], most: float) -> NDArray[np.uint16]:
    """Return where a table indexed by roots holds light of 0 to ``most``."""
    share = np.clip(light * np.float32(1 / most), 0, 1)
    roots: NDArray[np.float32] = np.sqrt(share, out=share) * np.float32(_MOST)
    return (roots + np.float32(0.5)).astype(np.uint16)


def _rows(plane: VideoPlane) -> NDArray[np.uint16]:
    """Return a plane of 16 bits without the padding of its lines; writing changes the plane."""
    buffer = np.frombuffer(plane, "<u2")  # type: ignore[call-overload]
    rows: NDArray[np.uint16] = buffer.reshape(plane.height, -1)[:, : plane.width]
    return rows
