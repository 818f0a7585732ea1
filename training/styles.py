"""What is typical of each kind of music: its metre, tempo, drum patterns and players.

A drum pattern is one bar (or two) of steps: ``x`` a hit, ``o`` a soft one, ``?`` a hit that a song
has or has not, ``.`` nothing. Patterns are written for a whole bar of ``beats * steps`` steps.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

BACK = "....x.......x..."
EIGHTHS, OFFBEATS, QUARTERS = "x.x.x.x.x.x.x.x.", "..x...x...x...x.", "x...x...x...x..."
SIXTEENTHS, FOUR = "xoxoxoxoxoxoxoxo", "x...x...x...x..."

Groove = tuple[str, str, str]


@dataclass(frozen=True)
class Style:
    """One kind of music.

    Attributes:
        name: For reports.
        share: How often it is drawn.
        bpm: Lowest and highest tempo.
        grooves: Kick, snare and cymbal patterns to choose from; none: no drums.
        beats, steps: Beats in a bar, steps in a beat.
        swing: Most that every second step is late, as a share of a step.
        chords: Ways to play chords: see ``parts.COMPS``.
        basses: Ways to play the bass: see ``parts.BASS_LINES``.
        players: Families of instruments for chords and lead: see ``orchestra.FAMILIES``.
        sung: How likely a voice sings or speaks.
        live: How likely it is played by people rather than by a machine.
    """

    name: str
    share: float
    bpm: tuple[float, float]
    grooves: tuple[Groove, ...]
    beats: int = 4
    steps: int = 4
    swing: float = 0.0
    chords: tuple[str, ...] = ("pad", "beats", "eighths", "arpeggio", "strum")
    basses: tuple[str, ...] = ("roots", "eighths", "kick", "walk")
    players: tuple[str, ...] = ("keys", "guitar", "synth", "strings")
    sung: float = 0.4
    live: float = 0.5


ROCK: tuple[Groove, ...] = (
    ("x.......x.......", BACK, EIGHTHS),
    ("x.....?.x.x.....", BACK, EIGHTHS),
    ("x..x....?.x...?.", BACK, QUARTERS),
    ("x.x.....x.x.....", BACK, EIGHTHS),
    ("x.....x.........", BACK, EIGHTHS),
    ("x.......x..x....", BACK, SIXTEENTHS),
)
PUNK: tuple[Groove, ...] = (
    ("x.......x.x.....", BACK, EIGHTHS),
    ("x.....x.x.......", BACK, QUARTERS),
    ("x.......x.......", BACK, EIGHTHS),
    ("x.x.....x.x...?.", BACK, EIGHTHS),
    ("x...x...x...x...", BACK, EIGHTHS),
)
METAL: tuple[Groove, ...] = (
    ("x.x.x.x.x.x.x.x.", BACK, QUARTERS),
    ("xxxxxxxxxxxxxxxx", BACK, QUARTERS),
    ("x.xxx.xxx.xxx.xx", BACK, QUARTERS),
    ("x..x..x.x..x..x.", BACK, EIGHTHS),
    ("x...x...x...x...", OFFBEATS, QUARTERS),
    ("x.x.x.x.x.x.x.x.", "........x.......", QUARTERS),
)
HOUSE: tuple[Groove, ...] = (
    (FOUR, BACK, OFFBEATS),
    (FOUR, "................", OFFBEATS),
    (FOUR, BACK, SIXTEENTHS),
    ("x...x...x...x.?.", BACK, "..x...x...x...xx"),
    (FOUR, "....x..o....x..?", EIGHTHS),
    (FOUR, "................", "xxoxxxoxxxoxxxox"),
)
BOOM_BAP: tuple[Groove, ...] = (
    ("x......x..x.....", BACK, EIGHTHS),
    ("x.x.......x..?..", BACK, EIGHTHS),
    ("x..x..?...x.....", "....x..o.o..x...", EIGHTHS),
    ("x.........x.....", BACK, SIXTEENTHS),
)
TRAP: tuple[Groove, ...] = (
    ("x.....x....x....", "........x.......", EIGHTHS),
    ("x..x......x...?.", "........x.......", "x.x.xxx.x.x.x.xx"),
    ("x.........x.....", "........x.......", SIXTEENTHS),
    ("x......x...x..x.", "........x.....?.", EIGHTHS),
)
HALF: tuple[Groove, ...] = (
    ("x.........x.....", "........x.......", QUARTERS),
    ("x...............", "........x.......", EIGHTHS),
    ("x..x..x.........", "........x.......", EIGHTHS),
)
BREAKS: tuple[Groove, ...] = (
    ("x.........x.....", BACK, EIGHTHS),
    ("x.x.......xx....", "....x..o.o..x...", EIGHTHS),
    ("x.........x..x..", "....x.....o.x..o", EIGHTHS),
    ("x.x.......x.....x.........xx....", "....x..x.x..x.......x..x.x....x.", EIGHTHS * 2),
)
FUNK: tuple[Groove, ...] = (
    ("x..x..x...x..x..", "....x..o.o..x...", SIXTEENTHS),
    ("x.x...?...x.....", "....x..o....x..o", SIXTEENTHS),
    ("x..x......x..?..", BACK, EIGHTHS),
    ("x.....xx..x...x.", "....x..o.o..x..o", OFFBEATS),
)
REGGAE: tuple[Groove, ...] = (
    ("........x.......", "........x.......", EIGHTHS),
    ("x.......x.......", "........x.......", EIGHTHS),
    (FOUR, "........x.......", OFFBEATS),
)
SKA: tuple[Groove, ...] = (("x.......x.......", BACK, OFFBEATS), (FOUR, BACK, EIGHTHS))
LATIN: tuple[Groove, ...] = (
    (FOUR, "...x..x....x..x.", EIGHTHS),
    ("x.....x.x.....x.", "x..x..x...x..x..", EIGHTHS),
    ("x..xx..xx..xx..x", "..x..x..x.x..x..", SIXTEENTHS),
    ("x.......x.....x.", "..x...x...x...x.", SIXTEENTHS),
)
BALLAD: tuple[Groove, ...] = (
    ("x.......x.x.....", BACK, EIGHTHS),
    ("x.........x.....", BACK, SIXTEENTHS),
    ("x...............", BACK, QUARTERS),
)
SWING: tuple[Groove, ...] = (
    ("x..x..x..x..", "............", "x..x.xx..x.x"),
    ("x.....?.....", ".....o..o...", "x..x.xx..x.x"),
    ("............", "...x.....x..", "x..x.xx..x.x"),
)
SHUFFLE: tuple[Groove, ...] = (
    ("x.....x..?..", "...x.....x..", "x.xx.xx.xx.x"),
    ("x....xx.....", "...x.....x..", "x.xx.xx.xx.x"),
    ("x..x..x..x..", "...x.....x..", "xxxxxxxxxxxx"),
    ("x.....x.....", "...x.....x..", "xxxxxxxxxxxx"),
    ("x....x......", "......x.....", "xxxxxxxxxxxx"),
)
SIX: tuple[Groove, ...] = (
    ("x.....", "...x..", "xxxxxx"),
    ("x....x", "...x..", "xxxxxx"),
    ("x..?.x", "...x..", "x.xx.x"),
    ("x.....", "...x..", "x..x.."),
)
WALTZ: tuple[Groove, ...] = (
    ("x...........", "....x...x...", "x.x.x.x.x.x."),
    ("x...........", "........x...", "x...x...x..."),
    ("x.....?.....", "....x...x...", "x...x...x..."),
    ("x.....x.....", "....x...x.?.", "x.x.x.x.x.x."),
)
FIVE: tuple[Groove, ...] = (
    ("x.....?.....x.......", "....x...........x...", "x.x.x.x.x.x.x.x.x.x."),
    ("x..x..x.....x.......", "........x.......x...", "x...x...x...x...x..."),
    ("x.......x...........", "....x.......x...x...", "x.x.x.x.x.x.x.x.x.x."),
)
SIX_FOUR: tuple[Groove, ...] = (
    ("x.......x...x...........", "....x...........x...x...", "x.x.x.x.x.x.x.x.x.x.x.x."),
    ("x...........x...........", "........x...........x...", "x...x...x...x...x...x..."),
)
SEVEN: tuple[Groove, ...] = (
    ("x.......x.....", "....x.......x.", "x.x.x.x.x.x.x."),
    ("x.....x.x.....", "....x.......x.", "xxxxxxxxxxxxxx"),
    ("x.......x...x.", "....x.....x...", "x.x.x.x.x.x.x."),
)
SEVEN_FOUR: tuple[Groove, ...] = (
    ("x.......x.......x...........", "....x.......x.......x...x...", "x.x." * 7),
)
MARCH: tuple[Groove, ...] = (
    ("x.......x.......", BACK, QUARTERS),
    ("x...x...x...x...", "..x.x.xx..x.x.xx", "................"),
    ("x.......x.......", "....x..x....x.xx", OFFBEATS),
)
COUNTRY: tuple[Groove, ...] = (
    ("x.......x.......", "o.o.x.o.o.o.x.o.", "................"),
    ("x...x...x...x...", "..o.x.o...o.x.oo", QUARTERS),
    ("x.......x.......", BACK, QUARTERS),
)
NONE: tuple[Groove, ...] = ()
CLASSICAL = ("strings", "keys", "winds")
FOLK = ("guitar", "keys", "winds", "folk")

STYLES = (
    Style("rock", 8, (75, 165), ROCK, players=("guitar", "heavy", "keys"), live=0.7),
    Style("pop", 8, (80, 135), ROCK + HOUSE + BOOM_BAP, sung=0.7, live=0.3),
    Style("punk", 7, (150, 220), PUNK, players=("heavy", "guitar"), live=0.7),
    Style("fast pop", 7, (145, 215), PUNK + ROCK + HOUSE[:3], live=0.15),
    Style(
        "metal",
        8,
        (90, 220),
        METAL + ROCK,
        chords=("chug", "chug", "eighths", "beats", "pad"),
        basses=("kick", "eighths", "roots"),
        players=("heavy",),
        live=0.6,
    ),
    Style("house", 8, (110, 150), HOUSE, players=("synth", "keys", "chip"), live=0.0),
    Style("hardcore", 6, (150, 220), HOUSE, players=("synth", "chip"), live=0.0),
    Style("boom bap", 4, (72, 108), BOOM_BAP, swing=0.4, sung=0.7, live=0.2),
    Style("trap", 5, (120, 180), TRAP, players=("synth", "keys", "strings"), sung=0.6, live=0.0),
    Style("half time", 3, (120, 190), HALF, live=0.3),
    Style("drum and bass", 5, (155, 185), BREAKS, players=("synth", "keys"), live=0.0),
    Style("breakbeat", 5, (100, 200), BREAKS, players=("synth", "chip", "keys"), live=0.05),
    Style("funk", 4, (85, 125), FUNK, chords=("funk", "eighths", "pad"), swing=0.2, live=0.6),
    Style("disco", 3, (105, 135), HOUSE, basses=("octaves", "eighths", "funky"), live=0.4),
    Style("reggae", 3, (62, 92), REGGAE, chords=("skank",), swing=0.2, basses=("funky", "roots")),
    Style("ska", 2, (120, 200), SKA, chords=("skank",), basses=("walk", "roots")),
    Style("latin", 4, (85, 200), LATIN, chords=("montuno", "strum", "funk"), basses=("tresillo",)),
    Style("ballad", 4, (60, 90), BALLAD, chords=("pad", "arpeggio", "eighths"), sung=0.7),
    Style("swing", 4, (90, 220), SWING, steps=3, basses=("walk",), players=("keys", "winds")),
    Style("shuffle", 3, (70, 170), SHUFFLE, steps=3, live=0.7),
    Style("12/8", 3, (50, 100), SHUFFLE, steps=3, chords=("eighths", "arpeggio", "pad")),
    Style("6/8", 3, (45, 95), SIX, beats=2, steps=3, chords=("eighths", "arpeggio", "strum")),
    Style("waltz", 4, (80, 210), WALTZ, beats=3, chords=("oompah", "arpeggio", "pad", "beats")),
    Style("3/4 pop", 3, (70, 150), WALTZ, beats=3),
    Style("5/4", 2.5, (90, 200), FIVE, beats=5),
    Style("6/4", 1, (90, 180), SIX_FOUR, beats=6),
    Style("7/8", 2, (170, 235), SEVEN, beats=7, steps=2),
    Style("7/4", 1, (100, 190), SEVEN_FOUR, beats=7),
    Style("march", 4, (90, 200), MARCH, chords=("oompah", "beats"), basses=("roots", "fifths")),
    Style(
        "country",
        4,
        (80, 220),
        COUNTRY,
        chords=("oompah", "strum", "eighths"),
        basses=("fifths", "walk", "roots"),
        players=("guitar", "keys", "folk"),
        live=0.6,
    ),
    Style("chip", 6, (100, 220), PUNK + HOUSE + BREAKS + ROCK, players=("chip",), live=0.0),
    Style("folk", 5, (70, 170), NONE, chords=("strum", "arpeggio", "oompah"), players=FOLK),
    Style("folk 3/4", 3, (80, 190), NONE, beats=3, chords=("oompah", "arpeggio"), players=FOLK),
    Style("piano", 4, (60, 150), NONE, chords=("arpeggio", "eighths", "beats"), players=("keys",)),
    Style("chamber", 4, (65, 170), NONE, chords=("eighths", "beats", "pad"), players=CLASSICAL),
    Style("chamber 3/4", 3, (75, 180), NONE, beats=3, chords=("oompah",), players=CLASSICAL),
    Style("ragtime", 2, (80, 200), NONE, chords=("oompah",), basses=("fifths",), players=("keys",)),
    Style("sparse", 3, (70, 140), HALF + BALLAD, chords=("pad",), players=("synth", "strings")),
)


THRASH: tuple[Groove, ...] = (
    (QUARTERS, OFFBEATS, EIGHTHS),
    (QUARTERS, OFFBEATS, QUARTERS),
    (QUARTERS, OFFBEATS, OFFBEATS),
    ("x..xx...x..xx...", OFFBEATS, QUARTERS),
    ("x.x.x.x.x.x.x.x.", OFFBEATS, QUARTERS),
    ("xx.xxx.xxx.xxx.x", OFFBEATS, EIGHTHS),
    ("x.xxx.xxx.xxx.xx", BACK, QUARTERS),
    ("x.xxx.xxx.xxx.xx", OFFBEATS, QUARTERS),
    ("xxxxxxxxxxxxxxxx", "........x.......", QUARTERS),
)
BLAST: tuple[Groove, ...] = (
    ("x.x.x.x.x.x.x.x.", ".x.x.x.x.x.x.x.x", "x.x.x.x.x.x.x.x."),
    (".x.x.x.x.x.x.x.x", "x.x.x.x.x.x.x.x.", "x.x.x.x.x.x.x.x."),
    ("x.x.x.x.x.x.x.x.", "x.x.x.x.x.x.x.x.", "x.x.x.x.x.x.x.x."),
    ("xxxxxxxxxxxxxxxx", QUARTERS, QUARTERS),
    ("xxxxxxxxxxxxxxxx", OFFBEATS, QUARTERS),
    ("..x...x...x...x.", QUARTERS, EIGHTHS),
)
D_BEAT: tuple[Groove, ...] = (
    ("x.....x...x.....", BACK, EIGHTHS),
    ("x.....x.x.x.....", BACK, QUARTERS),
    ("x...x...x...x...", BACK, QUARTERS),
    ("x.......x.......", BACK, QUARTERS),
    ("x...x.x.x...x.x.", BACK, EIGHTHS),
)
POLKA: tuple[Groove, ...] = (
    (QUARTERS, OFFBEATS, "................"),
    (QUARTERS, OFFBEATS, OFFBEATS),
    ("x.......x.......", OFFBEATS, QUARTERS),
)
TWO_STEP: tuple[Groove, ...] = (
    ("x.......x.......", BACK, "................"),
    ("x.......x.......", BACK, BACK),
    ("x.......x.......", "................", BACK),
    ("x...x...x...x...", BACK, EIGHTHS),
)
TRAIN: tuple[Groove, ...] = (
    ("x.......x.......", "o.ooxoo.o.ooxoo.", "................"),
    ("x...x...x...x...", "ooxoooxoooxoooxo", "................"),
    ("x.......x.......", "ooooxoooooooxooo", OFFBEATS),
)
BOSSA: tuple[Groove, ...] = (
    ("x.....x.x.....x.", "x.....x.....x...", EIGHTHS),
    ("x.....x.x.....x.", "x.....x.......x.....x.......x...", EIGHTHS * 2),
    ("x..xx..xx..xx..x", "x..x..x...x..x..", SIXTEENTHS),
)
MORE_STYLES = (
    Style(
        "thrash",
        14,
        (95, 160),
        THRASH,
        chords=("chug", "chug", "eighths", "beats"),
        basses=("kick", "eighths", "roots"),
        players=("heavy",),
        live=0.7,
    ),
    Style("blast", 6, (85, 150), BLAST, chords=("chug", "eighths", "pad"), players=("heavy",)),
    Style("d-beat", 6, (160, 235), D_BEAT, chords=("eighths", "chug"), players=("heavy",)),
    Style(
        "polka",
        6,
        (95, 140),
        POLKA,
        chords=("skank", "skank", "oompah"),
        basses=("alternate", "fifths"),
        players=("folk", "winds", "keys", "guitar"),
    ),
    Style(
        "two-step",
        10,
        (150, 232),
        TWO_STEP,
        chords=("oompah", "oompah", "strum", "beats"),
        basses=("fifths", "fifths", "alternate", "walk"),
        players=("folk", "winds", "keys", "guitar"),
    ),
    Style("train", 4, (90, 230), TRAIN, chords=("oompah", "strum"), basses=("fifths", "walk")),
    Style("bossa", 5, (100, 190), BOSSA, chords=("funk", "pad", "strum"), basses=("fifths",)),
    Style("boogie", 5, (110, 200), SHUFFLE, steps=3, basses=("eighths", "walk", "alternate")),
    Style("stride", 6, (130, 232), NONE, chords=("oompah",), basses=("fifths", "alternate")),
    Style("quick folk", 6, (150, 232), NONE, chords=("strum", "oompah", "beats"), players=FOLK),
    Style("even", 6, (90, 210), NONE, chords=("beats", "eighths"), basses=("roots", "alternate")),
    Style(
        "dotted",
        8,
        (105, 165),
        ROCK + HOUSE + BOOM_BAP + NONE,
        chords=("dotted", "dotted", "arpeggio"),
        basses=("tresillo", "roots", "kick"),
        live=0.3,
    ),
    Style("fives and sevens", 3, (90, 210), FIVE, beats=5, players=FOLK + CLASSICAL),
)
"""What was found missing later; only songs of higher numbers are drawn from these too."""


def shuffled(style: Style) -> Style:
    """Return a style of four steps a beat with three: the second eighth comes on the third."""

    def swung(pattern: str) -> str:
        return "".join(f"{pattern[k]}.{pattern[k + 2]}" for k in range(0, len(pattern), 4))

    grooves = tuple((swung(kick), swung(snare), swung(top)) for kick, snare, top in style.grooves)
    slow = (min(style.bpm[0], 100.0), min(style.bpm[1], 180.0))
    return replace(style, grooves=grooves, steps=3, bpm=slow, swing=0.0)
