"""File names as text that every format can carry.

Names on disk are bytes. Python keeps bytes that are no UTF-8 as lone surrogates, which neither JSON
nor OpenTimelineIO can write; only URLs carry them exactly.
"""

from __future__ import annotations


def spoken_name(name: str) -> str:
    """Return a file name for people and files: bytes that are no UTF-8 become ``�``."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
