"""What FCPXML cannot say of an item, for the block in its note."""

from __future__ import annotations

from collections import Counter
from typing import Any

import opentimelineio as otio

from otio_idolsync.interchange.fcpxml.carrier import json_of
from otio_idolsync.interchange.fcpxml.kept import KEY

_FILES = (otio.schema.ExternalReference, otio.schema.ImageSequenceReference)


def item_block(
    item: Any, name: str, metadata: dict[str, Any], unshown: Counter[str]
) -> dict[str, Any]:
    """Return what FCPXML cannot say of a clip, gap or nested item.

    Args:
        item: OTIO's item.
        name: Its name as the XML has it.
        metadata: Its metadata, without what is kept of an editor's.
        unshown: Counts what is carried but not seen in the editor, by sentence.
    """
    block: dict[str, Any] = {}
    if name != item.name:
        block["name"] = item.name
    if metadata:
        block["metadata"] = metadata
    if len(item.effects):
        _add_effects(item, block, unshown)
    if isinstance(item, otio.schema.Clip):
        _add_references(item, block)
    elif isinstance(item, otio.schema.Track):
        block["nested"] = "Track"
    return block


def _add_effects(item: Any, block: dict[str, Any], unshown: Counter[str]) -> None:
    own = [effect for effect in item.effects if KEY not in effect.metadata]
    if own:
        block["effects"] = [json_of(effect) for effect in own]
    for effect in own:
        if getattr(effect, "time_scalar", None) is None:
            name = effect.name or effect.effect_name or effect.schema_name()
            unshown[f"effect {name!r} is carried, but Final Cut does not show it"] += 1


def _add_references(item: Any, block: dict[str, Any]) -> None:
    reference = item.media_reference
    if not isinstance(reference, _FILES):
        missing = isinstance(reference, otio.schema.MissingReference)
        said = reference is not None and (
            reference.name or len(reference.metadata) or reference.available_range
        )
        if reference is not None and not (missing and not said):
            block["ref"] = json_of(reference)
        if isinstance(reference, otio.schema.GeneratorReference):
            block["generator"] = True
    active = item.active_media_reference_key
    others = {k: v for k, v in item.media_references().items() if k != active}
    if others or active != otio.schema.Clip.DEFAULT_MEDIA_KEY:
        block["references"] = {key: json_of(value) for key, value in others.items()}
        block["active"] = active
