"""Parse an editor's XML without trusting it: no entities, no network, no other file, in bounds."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from lxml import etree

from otio_idolsync.errors import InterchangeError

MAX_BYTES = 512 * 1024 * 1024
MAX_DEPTH = 256
MAX_OF_A_KIND = 1_000_000


def parse_xml(source: Path | bytes, name: str = "") -> Any:
    """Return the root element of an XML document (an ``lxml`` element).

    Comments and processing instructions are left out. A DOCTYPE is allowed (editors write one),
    entity declarations are not.

    Args:
        source: A file, or its bytes.
        name: What to call it in an error; a file's path by default.

    Raises:
        InterchangeError: Missing, too large, too deep, not well-formed, or with entities.
    """
    shown = name or (str(source) if isinstance(source, Path) else "the XML text")
    try:
        size = source.stat().st_size if isinstance(source, Path) else len(source)
        if size > MAX_BYTES:
            raise InterchangeError(f"{shown} has {size} bytes; at most {MAX_BYTES} are read")
        stream = source.open("rb") if isinstance(source, Path) else io.BytesIO(source)
    except OSError as error:
        raise InterchangeError(f"{shown} cannot be read: {error.strerror or error}") from error
    with stream:
        return _parse(stream, shown)


def _parse(stream: Any, shown: str) -> Any:
    parser = etree.iterparse(
        stream,
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        huge_tree=True,
    )
    depth, kinds = 0, dict[str, int]()
    try:
        for event, element in parser:
            if event == "end":
                depth -= 1
                continue
            depth += 1
            if depth == 1:
                _refuse_entities(element, shown)
            seen = kinds[element.tag] = kinds.get(element.tag, 0) + 1
            if depth > MAX_DEPTH or seen > MAX_OF_A_KIND:
                what = f"{seen} <{element.tag}>" if seen > MAX_OF_A_KIND else f"{depth} levels"
                raise InterchangeError(f"{shown} has {what}: more than any timeline needs")
    except (etree.XMLSyntaxError, LookupError, ValueError) as error:
        raise InterchangeError(f"{shown} is no well-formed XML: {error}") from error
    if parser.root is None:
        raise InterchangeError(f"{shown} is no well-formed XML: it has no element")
    return parser.root


def _refuse_entities(root: Any, shown: str) -> None:
    declared = root.getroottree().docinfo.internalDTD
    if declared is not None and any(True for _ in declared.iterentities()):
        raise InterchangeError(
            f"{shown} declares entities, which no editor writes; it is not read, for safety"
        )
