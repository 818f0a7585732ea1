"""Accidents that befall an editor's file: to its elements, its values, its bytes."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from typing import Any

from lxml import etree

ODD = (
    "", " ", "0", "1", "-1", "-5.5", "1e9", "1e400", "nan", "inf", "99999999999999999999", "0.1",
    "TRUE", "false", "0s", "-1s", "1/0s", "1/3s", "1001/30000s", "3600/1s", "99999999999s", "[]",
    "{}", "null", "r1", "r2", "a", "file-1", "sequence-1", "23.98", "29.97", "video", "audio",
    "[idolsync {\"metadata\":{\"a\":[1,{}]}}]", "{\"OTIO_SCHEMA\":\"Clip.2\"}", "\U0001f600", "é",
    "file://localhost/C%3a/a.mov", "cg_[0001-9999].exr", "1" * 60, "x" * 3000, "01:00:00;00",
)  # fmt: skip
_TAGS = (
    "clipitem generatoritem transitionitem sequence file media video audio track rate timebase "
    "start end in out duration marker filter effect gap spine clip asset-clip ref-clip sync-clip "
    "mc-clip audition title timeMap timept conform-rate note metadata md caption transition"
).split()
_BEGINNINGS = (
    b"\n " * 3000,
    b"<!-- a -->" * 300,
    b"<!DOCTYPE x [<!ENTITY a 'b'>]>",
    b"<!DOCTYPE x SYSTEM 'http://127.0.0.1:9/x.dtd'>",
    b"<!DOCTYPE x [<!ATTLIST clipitem id CDATA 'x'>]>",
)
_SWAPS = ((b"UTF-8", b"UTF-16"), (b"UTF-8", b"latin-1"), (b"utf-8", b"utf-7"), (b"<", b"<<"))


def accident(data: bytes, others: list[bytes], chance: random.Random) -> bytes:
    """Return a file after a few accidents; pieces of the others may get into it."""
    data = _in_tree(data, others, chance) if data.lstrip()[:1] == b"<" else _in_lines(data, chance)
    return _in_bytes(data, chance) if chance.random() < 0.15 else data


def _in_tree(data: bytes, others: list[bytes], chance: random.Random) -> bytes:
    parser = etree.XMLParser(resolve_entities=False, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(data, parser)
        other = etree.fromstring(chance.choice(others), parser)
    except (etree.XMLSyntaxError, ValueError):
        return data
    for _ in range(chance.choice((1, 1, 1, 2, 2, 3, 5, 8))):
        everything = list(root.iter(etree.Element))
        chance.choice(_CHANGES)(chance.choice(everything), everything, other, chance)
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)


def _drop(one: Any, _all: list[Any], _other: Any, _chance: random.Random) -> None:
    if one.getparent() is not None:
        one.getparent().remove(one)


def _double(one: Any, _all: list[Any], _other: Any, chance: random.Random) -> None:
    if one.getparent() is not None:
        for _ in range(chance.choice((1, 1, 3, 20))):
            one.addnext(copy.deepcopy(one))


def _graft(one: Any, everything: list[Any], other: Any, chance: random.Random) -> None:
    piece = chance.choice(
        (chance.choice(everything), chance.choice(list(other.iter(etree.Element))))
    )
    one.insert(chance.randint(0, len(one)), copy.deepcopy(piece))


def _wrap(one: Any, _all: list[Any], _other: Any, chance: random.Random) -> None:
    for _ in range(chance.choice((1, 1, 2, 60, 300))):
        outer = etree.Element(one.tag, one.attrib)
        parent = one.getparent()
        if parent is None:
            return
        parent.replace(one, outer)
        outer.append(one)


def _rename(one: Any, everything: list[Any], _other: Any, chance: random.Random) -> None:
    if one.getparent() is not None:
        one.tag = chance.choice((chance.choice(_TAGS), chance.choice(everything).tag))


def _text(one: Any, everything: list[Any], _other: Any, chance: random.Random) -> None:
    # An element that holds nothing but comments has no leaf below it.
    leaf = chance.choice([e for e in one.iter(etree.Element) if not len(e)] or [one])
    same = [e.text for e in everything if e.tag == leaf.tag]
    leaf.text = chance.choice((chance.choice(ODD), chance.choice(same)))


def _json(one: Any, _all: list[Any], _other: Any, chance: random.Random) -> None:
    """Change one value inside a text that holds JSON, or a list of values."""
    for element in one.iter(etree.Element):
        words = (element.text or "").split(",")
        if len(words) > 1:
            place = chance.randrange(len(words))
            head, colon, _ = words[place].rpartition(":")
            words[place] = head + colon + chance.choice(ODD)
            element.text = ",".join(words)
            return


def _value(one: Any, everything: list[Any], _other: Any, chance: random.Random) -> None:
    bearers = [e for e in (one, *everything) if e.attrib]
    if not bearers:
        return
    bearer = one if one.attrib else chance.choice(bearers)
    name = chance.choice(list(bearer.attrib))
    same = [e.get(name) for e in everything if e.get(name) is not None]
    change = chance.randrange(4)
    if change == 0:
        del bearer.attrib[name]
    elif change == 1:
        bearer.set(chance.choice(list(chance.choice(bearers).attrib)), bearer.get(name))
    else:
        bearer.set(name, chance.choice((chance.choice(ODD), chance.choice(same))))


_CHANGES: tuple[Callable[..., None], ...] = (
    _drop, _double, _graft, _wrap, _rename, _text, _text, _text, _json, _value, _value, _value,
)  # fmt: skip


def _in_lines(data: bytes, chance: random.Random) -> bytes:
    lines = data.split(b"\n")
    for _ in range(chance.choice((1, 1, 2, 3, 8))):
        place = chance.randrange(len(lines))
        line = lines[place]
        words = line.split(b" ")
        match chance.randrange(5):
            case 0:
                lines[place : place + 1] = []
            case 1:
                lines[place:place] = [chance.choice(lines)] * chance.choice((1, 2, 50))
            case 2:
                words[chance.randrange(len(words))] = chance.choice(ODD).encode()
                lines[place] = b" ".join(words)
            case 3 if line:
                spot = chance.randrange(len(line))
                lines[place] = (
                    line[:spot] + chance.choice(b"0123459|:; ,.MDC").to_bytes() + line[spot + 1 :]
                )
            case _:
                lines[place] = (line * chance.choice((2, 300)))[:100_000]
        lines = lines or [b""]
    return b"\n".join(lines)


def _in_bytes(data: bytes, chance: random.Random) -> bytes:
    spot = chance.randrange(len(data) + 1)
    match chance.randrange(6):
        case 0:
            return data[:spot]
        case 1:
            return data[:spot] + chance.randbytes(chance.choice((1, 2, 8))) + data[spot + 1 :]
        case 2:
            return data.replace(*chance.choice(_SWAPS), 1)
        case 3:
            return data.decode("utf-8", "replace").encode(
                chance.choice(("utf-16", "utf-32", "cp500")), "replace"
            )
        case 4:
            head, close, rest = data.partition(b"?>")
            return head + close + chance.choice(_BEGINNINGS) + (rest or head)
    return data[:spot] + chance.choice((b"\0", b"\xff", b"&a;", b"]]>", b"<!--")) + data[spot:]
