"""The list of shots: what each clip shows, how long, how fast, and how it is cast."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from make import scene_abstract, scene_city, scene_stage
from make.lips import lips
from make.paint import Film

NTSC = Fraction(30000, 1001)


@dataclass(frozen=True)
class Shot:
    """One clip: how it is made and what ``shots.toml`` says of it.

    ``cast`` is the text under ``[[shot]]`` after the file's name; ``offset`` is the song second
    of the first frame of a take.
    """

    file: str
    scene: Callable[[], scene_stage.Draw]
    rate: Fraction
    seconds: float
    size: tuple[int, int]
    cast: str
    start: float = 0.0  # scene second of the first frame
    crf: float = 35.0
    timecode: str = ""
    offset: float | None = None

    def frames(self) -> Iterator[np.ndarray]:
        """Yield the clip's pictures."""
        film, draw = Film(*self.size), self.scene()
        for i in range(round(self.seconds * self.rate)):
            yield film.shoot(draw, self.start + float(i / self.rate), index=i)


def _plain(draw: scene_stage.Draw) -> Callable[[], scene_stage.Draw]:
    return lambda: draw


def _take(offset: float, name: str) -> Callable[[], scene_stage.Draw]:
    return lambda: getattr(scene_stage.Take(offset, lips()), name)


HD, SD, TALL = (1280, 720), (960, 540), (540, 960)
_R24, _R25, _R30 = Fraction(24), Fraction(25), Fraction(30)

SHOTS = (
    Shot("take_closeup.mp4", _take(7.75, "close_up"), _R24, 23.0, HD,
         'tags = ["singer", "closeup"]\nperformer = "Aoi"\nenergy = 0.5\n'
         'mouth = {x = 0.5, y = 0.63, width = 0.06}\nweight = 1.5', offset=7.75),
    Shot("take_chorus.mp4", _take(29.5, "low_angle"), _R24, 17.5, HD,
         'tags = ["singer", "closeup"]\nperformer = "Aoi"\nenergy = 0.9\n'
         'mouth = {x = 0.46, y = 0.69, width = 0.07}',
         offset=29.5),
    Shot("take_stage.mp4", _take(29.0, "full"), _R25, 19.0, SD,
         'tags = ["singer", "stage", "wide"]\nperformer = "Aoi"\nenergy = 1.0', offset=29.0),
    Shot("city_pan.mp4", scene_city.City, _R24, 14.0, SD,
         'tags = ["city", "wide"]\nenergy = 0.2\nweight = 1.2'),
    Shot("rooftop_dusk.mp4", scene_city.Rooftop, _R24, 12.0, SD,
         'tags = ["city", "petals"]\nperformer = "Aoi"\nenergy = 0.15',
         timecode="10:00:00:00", crf=31.5),
    Shot("mic_in_hand.mp4", _plain(scene_city.microphone), NTSC, 9.0, SD,
         'tags = ["detail"]\nenergy = 0.4', crf=31.5),
    Shot("stage_lights.mp4", _plain(scene_stage.stage), _R25, 13.0, SD,
         'tags = ["stage", "wide"]\nenergy = 0.55'),
    Shot("crowd_lightsticks.mp4", _plain(scene_stage.crowd), NTSC, 12.0, SD,
         'tags = ["crowd", "wide"]\nenergy = 0.8\nweight = 1.2'),
    Shot("laser_tunnel.mp4", _plain(scene_abstract.tunnel), _R30, 10.0, SD,
         'tags = ["abstract", "lights"]\nenergy = 0.95\nin = 0.5', start=2.0),
    Shot("equaliser.mp4", _plain(scene_abstract.equaliser), _R25, 10.0, SD,
         'tags = ["abstract"]\nenergy = 0.65\nmax_uses = 3', crf=31.5),
    Shot("confetti.mp4", _plain(scene_abstract.confetti), _R24, 10.0, SD,
         'tags = ["lights", "confetti"]\nenergy = 0.85', start=3.0),
    Shot("dance_portrait.mp4", _plain(scene_stage.portrait), _R30, 9.0, TALL,
         'tags = ["singer", "dance", "phone"]\nperformer = "Aoi"\nenergy = 0.7\nmax_uses = 2'),
)  # fmt: skip

SEQUENCE = ("sparks", 96, (640, 360))
_STILLS = (
    ("sparks/sparks.*.jpg", 'tags = ["lights", "abstract"]\nenergy = 0.75\nmax_uses = 2'),
    ("poster.jpg", 'tags = ["title"]\nenergy = 0.3\nweight = 0.5\nmax_uses = 1'),
    ("face.jpg", 'tags = ["singer", "face"]\nrole = "lipsync"\nperformer = "Aoi"\nenergy = 0.5\n'
     "mouth = {x = 0.5, y = 0.634, width = 0.035}\nmax_uses = 1"),
)  # fmt: skip


def casting() -> str:
    """Return ``shots.toml``."""
    out = ["# How each shot may be used; files without a table would be plain B-roll."]
    for shot in SHOTS:
        text = f'[[shot]]\nfile = "{shot.file}"\n{shot.cast}'
        if shot.offset is not None:
            text += f'\nrole = "performance"\nsync_offset = {shot.offset}'
        out.append(text)
    out += [f'[[shot]]\nfile = "{file}"\n{cast}' for file, cast in _STILLS]
    return "\n\n".join(out) + "\n"
