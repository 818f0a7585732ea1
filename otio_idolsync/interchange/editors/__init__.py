"""The editors that a cut can be written for, by the name that ``--for`` gives them."""

from __future__ import annotations

from otio_idolsync.interchange.editors import (
    cut_list,
    final_cut,
    marker_list,
    native,
    openshot,
    premiere,
    resolve,
)
from otio_idolsync.interchange.editors.model import Editor

EDITORS: dict[str, Editor] = {
    one.EDITOR.name: one.EDITOR
    for one in (premiere, resolve, final_cut, openshot, marker_list, cut_list, native)
}
