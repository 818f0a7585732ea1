"""Who plays a song: instruments for chords, bass, lead and voice, and a drum kit for each drum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sounds import BASSES, KITS
from styles import Style

Rng = np.random.Generator
FAMILIES = {
    "keys": [f"p{p}" for p in (0, 0, 1, 2, 4, 5, 6, 7, 8, 11, 12, 13, 15, 16, 17, 18, 19)],
    "guitar": [f"p{p}" for p in (24, 25, 26, 27, 28, 25)],
    "heavy": ["p29", "p30", "p30"],
    "synth": [
        "t:saw",
        "t:super",
        "t:square",
        "t:fm",
        "t:pluck",
        "p50",
        "p62",
        "p80",
        "p81",
        "p88",
        "p89",
        "p90",
        "p95",
        "p84",
        "p87",
    ],
    "chip": ["t:square", "t:pulse", "t:square", "t:saw"],
    "strings": [f"p{p}" for p in (40, 42, 44, 45, 46, 48, 49, 50, 51)],
    "winds": [f"p{p}" for p in (56, 57, 59, 60, 61, 63, 65, 66, 68, 70, 71, 72, 73, 74, 75, 78)],
    "folk": [f"p{p}" for p in (21, 22, 104, 105, 107, 108, 110, 112, 114, 79)],
}
VOWELS = ("va", "ve", "vi", "vo", "vu", "p52", "p53", "p54")
_KEYS = {
    "kick": (35, 36),
    "snare": (38, 40, 37, 39),
    "closed": (42, 44),
    "open": (46,),
    "ride": (51, 59, 53),
    "crash": (49, 57, 55),
    "tom": (41, 43, 45, 47, 48, 50),
    "shaker": (70, 82, 69, 54),
    "bongo": (60, 61, 62, 63, 64, 56, 76),
}


@dataclass(frozen=True)
class Orchestra:
    """Sounds by part; drums as ``k0:36`` (kit and key) or ``d:kick`` (a machine)."""

    chords: str
    second: str
    pad: str
    bass: str
    lead: str
    voice: str
    drums: dict[str, str]


def seat(style: Style, rng: Rng) -> Orchestra:
    """Return the players of a song."""
    family = FAMILIES[str(rng.choice(style.players))]
    other = FAMILIES[str(rng.choice(style.players))]
    if rng.random() < 0.15:
        other = FAMILIES[str(rng.choice(list(FAMILIES)))]
    electric = "synth" in style.players or "chip" in style.players
    basses = [f"p{p}" for p in BASSES] + (["t:saw", "t:square", "t:sine"] if electric else [])
    if "chip" in style.players and len(style.players) == 1:
        basses = ["t:square", "t:saw", "t:pulse"]
    pads = ["p48", "p50", "p89", "p91", "p16", "p52", "t:super"]
    return Orchestra(
        chords=str(rng.choice(family)),
        second=str(rng.choice(other)),
        pad=str(rng.choice(pads)),
        bass=str(rng.choice(basses)),
        lead=str(rng.choice(other)),
        voice=str(rng.choice(VOWELS)),
        drums=_kit(electric=rng.random() < (0.7 if electric else 0.15), rng=rng),
    )


def _kit(*, electric: bool, rng: Rng) -> dict[str, str]:
    """Return a sound for each drum, mostly of one kit."""
    kit = int(rng.choice((24, 25, 16, 0) if electric else KITS[:1] * 3 + KITS))
    chosen = {}
    for drum, keys in _KEYS.items():
        own = kit if rng.random() < 0.8 else int(rng.choice(KITS))
        chosen[drum] = f"k{own}:{rng.choice(keys)}"
    if rng.random() < 0.5:
        chosen["snare"] = f"k{kit}:{rng.choice((38, 40))}"
    machine = {"kick": "kick", "snare": "snare", "closed": "closed", "open": "open"}
    if electric and rng.random() < 0.6:
        machine["snare"] = str(rng.choice(["snare", "clap"]))
        chosen |= {drum: f"d:{kind}" for drum, kind in machine.items() if rng.random() < 0.8}
    return chosen


def drum_of(key: int) -> str:
    """Return what a key of a General MIDI drum kit is; what is none of a kit is percussion."""
    kit = ("kick", "snare", "closed", "open", "ride", "crash", "tom")
    return next((drum for drum in kit if key in _KEYS[drum]), "percussion")
