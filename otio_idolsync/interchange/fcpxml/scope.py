"""What a reader carries through one document, and through one sequence of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from otio_idolsync.errors import InterchangeError
from otio_idolsync.interchange.fcpxml.marks import Lifted
from otio_idolsync.interchange.fcpxml.resources import Resources
from otio_idolsync.interchange.fcpxml.times import Grid
from otio_idolsync.interchange.song_marks import Rider

MAX_ITEMS = 1_000_000
MAX_NESTED_ITEMS = 50_000
MAX_LEVELS = 48


@dataclass(slots=True)
class Document:
    """One document: its resources, and the bounds of what reading it may cost.

    Attributes:
        resources: Formats, media, effects.
        open: Ids of the compound clips that are being read, outermost first.
        levels: How deep the clip that is being read lies in others.
        items: Clips and gaps made so far.
        nested: Those of them that lie in compound clips.
        kept: Ids of the resources that kept elements refer to.
        doubts: A sentence for each place where the document says what cannot be.
    """

    resources: Resources
    open: list[str] = field(default_factory=list)
    levels: int = 0
    items: int = 0
    nested: int = 0
    kept: set[str] = field(default_factory=set)
    doubts: list[str] = field(default_factory=list)

    def count(self) -> None:
        """Count one item more.

        Raises:
            InterchangeError: More than any timeline needs.
        """
        self.items += 1
        self.nested += bool(self.open)
        if self.items > MAX_ITEMS or self.nested > MAX_NESTED_ITEMS:
            raise InterchangeError(
                f"the file unfolds to more than {MAX_NESTED_ITEMS} clips within clips; "
                "it is not read, for safety"
            )

    @contextmanager
    def within(self, resource: str | None = None) -> Iterator[None]:
        """Go one level down, into a compound clip's resource where one is given.

        Raises:
            InterchangeError: Too deep, or the resource holds itself.
        """
        if self.levels >= MAX_LEVELS:
            raise InterchangeError(f"the file nests clips deeper than {MAX_LEVELS} levels")
        if resource is not None and resource in self.open:
            raise InterchangeError(f"compound clip {resource!r} contains itself")
        self.levels += 1
        if resource is not None:
            self.open.append(resource)
        try:
            yield
        finally:
            self.levels -= 1
            if resource is not None:
                self.open.pop()


@dataclass(slots=True)
class Scope:
    """One sequence: its frames, and its own markers as they are found on its clips.

    Attributes:
        document: The file.
        grid: The sequence's frames.
        lifted: Its markers that ride on clips of the picture.
        riders: Those that ride on clips of the song.
        loose: Whether a clip that lies in no sequence is read, which keeps all of its markers.
    """

    document: Document
    grid: Grid
    lifted: list[Lifted] = field(default_factory=list)
    riders: list[Rider] = field(default_factory=list)
    loose: bool = False
