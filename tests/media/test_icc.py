"""Photos with a colour profile come out as littleCMS makes sRGB of them."""

from __future__ import annotations

import io
import struct
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from otio_idolsync.lipsync.movie import face_pictures
from otio_idolsync.media.icc import profile_of
from otio_idolsync.media.known import KnownMedia
from otio_idolsync.media.probe import probe
from otio_idolsync.media.signal import signal_of
from otio_idolsync.rendering.keys import shot_facts
from otio_idolsync.rendering.model import Footage, OutputFormat, ShotJob
from otio_idolsync.rendering.showing import Showing

# Red, green and blue in XYZ under D50, as these profiles hold them.
SRGB = ((0.4360, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141))
DISPLAY_P3 = ((0.5151, 0.2412, -0.0011), (0.2920, 0.6922, 0.0419), (0.1571, 0.0666, 0.7841))
ADOBE_RGB = ((0.6097, 0.3111, 0.0195), (0.2053, 0.6257, 0.0609), (0.1492, 0.0632, 0.7446))
# ICC.1:2022, table 68: sRGB's own curve; then a power and a table.
PARAMETRIC = b"para" + bytes(4) + struct.pack(
    ">HH5i", 3, 0, *(round(v * 65536) for v in (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045))
)  # fmt: skip
POWER = b"curv" + bytes(4) + struct.pack(">IHH", 1, round(2.2 * 256), 0)
TABLE = b"curv" + bytes(4) + struct.pack(
    ">I256H", 256, *(round(65535 * (k / 255) ** 1.8) for k in range(256))
)  # fmt: skip


def profile(colours, curve: bytes, space: bytes = b"RGB ") -> bytes:
    """A profile of a display, version 2."""
    names = [c + kind for kind in (b"XYZ", b"TRC") for c in (b"r", b"g", b"b")]
    columns = [b"XYZ " + bytes(4) + struct.pack(">3i", *(round(v * 65536) for v in c))
               for c in colours]  # fmt: skip
    tags = [*columns, curve, curve, curve]
    table, body = struct.pack(">I", 6), b""
    for name, tag in zip(names, tags, strict=True):
        table += struct.pack(">4sII", name, 132 + 72 + len(body), len(tag))
        body += tag + bytes(-len(tag) % 4)
    head = struct.pack(">I4sI4s4s4s", 132 + 72 + len(body), b"lcms", 0x02400000, b"mntr", space,
                       b"XYZ ")  # fmt: skip
    head = head + bytes(12) + b"acsp" + bytes(28) + struct.pack(">3i", 63190, 65536, 54061)
    return head + bytes(128 - len(head)) + table + body


def patches() -> Image.Image:
    """Colours of all kinds in squares of 16 pixels."""
    levels = np.random.default_rng(3).integers(0, 256, (6, 8, 3)).astype(np.uint8)
    levels[0] = np.linspace(0, 255, 8).astype(np.uint8)[:, None]
    return Image.fromarray(levels.repeat(16, axis=0).repeat(16, axis=1))


def middles(picture) -> np.ndarray:
    return np.asarray(picture, float)[8::16, 8::16]


def shown(path: Path, **options) -> np.ndarray:
    info = probe(path)
    showing = Showing(OutputFormat(info.width, info.height, Fraction(24), **options))
    [frame] = showing.frames(ShotJob("S1", 0, 1, Footage(info, Fraction(0))))
    return middles(frame.to_ndarray(format="rgb24"))


def by_littlecms(picture: Image.Image, held: bytes) -> np.ndarray:
    source = ImageCms.ImageCmsProfile(io.BytesIO(held))
    srgb = ImageCms.createProfile("sRGB")
    intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
    made = ImageCms.profileToProfile(picture, source, srgb, renderingIntent=intent)
    return middles(made)


@pytest.mark.parametrize(
    ("colours", "curve"),
    [(DISPLAY_P3, PARAMETRIC), (ADOBE_RGB, POWER), (SRGB, TABLE), (DISPLAY_P3, TABLE)],
    ids=["Display P3", "Adobe RGB", "sRGB with gamma 1.8", "P3 with gamma 1.8"],
)
@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_a_profile_is_applied(tmp_path, colours, curve, suffix):
    held = profile(colours, curve)
    path = tmp_path / f"photo{suffix}"
    patches().save(path, icc_profile=held)
    assert signal_of(probe(path)).profile == "matrix"
    off = np.abs(shown(path) - by_littlecms(patches(), held))
    assert off.max() < 5, "8 bits of luma and colour differences take up to 4"
    plain = tmp_path / f"plain{suffix}"
    patches().save(plain)
    assert np.abs(shown(plain) - by_littlecms(patches(), held)).max() > 20
    (face,) = face_pictures(probe(path), Fraction(0), 1, Fraction(24), (128, 96))
    assert np.abs(middles(face) - by_littlecms(patches(), held)).max() < 3


def test_srgb_needs_nothing_and_stays_cached(tmp_path):
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for name, held in (("lcms", srgb), ("own", profile(SRGB, PARAMETRIC))):
        path = tmp_path / f"{name}.png"
        patches().save(path, icc_profile=held)
        assert profile_of(path) == ""
    job = ShotJob("S1", 0, 1, Footage(probe(path), Fraction(0)))
    facts = shot_facts(job, OutputFormat(64, 48, Fraction(24)), KnownMedia(tmp_path / "cache"))
    assert "profile" not in facts["content"]


def test_a_profile_that_cannot_be_converted_is_named(tmp_path):
    for name, held in (
        ("inks", profile(SRGB, PARAMETRIC, b"CMYK")),
        ("no curve", profile(SRGB, b"mft1" + bytes(12))),
        ("cut off", profile(SRGB, PARAMETRIC)[:180]),
    ):
        path = tmp_path / f"{name}.png"
        patches().save(path, icc_profile=held)
        info = probe(path)
        showing = Showing(OutputFormat(64, 48, Fraction(24)))
        list(showing.frames(ShotJob("S1", 0, 1, Footage(info, Fraction(0)))))
        assert showing.notes == [f"{name}.png has a colour profile that is not converted"]


def test_a_profile_in_heif_is_found_in_its_box(tmp_path):
    held = profile(DISPLAY_P3, PARAMETRIC)
    box = struct.pack(">I", 12 + len(held)) + b"colrprof" + held
    path = tmp_path / "photo.heic"
    path.write_bytes(struct.pack(">I", 16) + b"ftypheic" + bytes(4) + b"meta" + box)
    assert profile_of(path) == "matrix"
    path.write_bytes(path.read_bytes()[:100])
    assert profile_of(path) == ""
