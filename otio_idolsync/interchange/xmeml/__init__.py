"""Final Cut Pro 7 XML (xmeml): one reader for every dialect, one writer with small profiles."""

from otio_idolsync.interchange.xmeml.reader import read_xmeml
from otio_idolsync.interchange.xmeml.writer import write_xmeml

__all__ = ["read_xmeml", "write_xmeml"]
