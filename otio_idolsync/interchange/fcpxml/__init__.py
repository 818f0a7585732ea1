"""Final Cut Pro's XML, both ways: one reader for 1.5 to 1.14, one writer for 1.8 to 1.13."""

from otio_idolsync.interchange.fcpxml.read import read_fcpxml
from otio_idolsync.interchange.fcpxml.write import write_fcpxml

__all__ = ["read_fcpxml", "write_fcpxml"]
