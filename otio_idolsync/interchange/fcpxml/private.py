"""What FCPXML cannot say of an item, for the block in its note."""

from __future__ import annotations

from collections import Counter
from typing import Any

from otio_idolsync.interchange.fcpxml import light
from otio_idolsync.interchange.fcpxml.kept import KEY
from otio_idolsync.interchange.xmeml.forms import kind_of

_DEFAULT_KEY = "DEFAULT_MEDIA"
_FILES = (light.ExternalReference, light.ImageSequenceReference)


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
    if isinstance(item, light.Clip):
        _add_references(item, block)
    elif isinstance(item, light.Track):
        block["nested"] = "Track"
    return block


def _add_effects(item: Any, block: dict[str, Any], unshown: Counter[str]) -> None:
    own = [effect for effect in item.effects if KEY not in effect.metadata]
    if own:
        block["effects"] = [effect.form for effect in own]
    for effect in own:
        if getattr(effect, "time_scalar", None) is None:
            name = effect.name or effect.effect_name or kind_of(effect.form)
            unshown[f"effect {name!r} is carried, but Final Cut does not show it"] += 1


def _add_references(item: Any, block: dict[str, Any]) -> None:
    reference = item.media_reference
    if not isinstance(reference, _FILES):
        missing = type(reference) is light.Reference
        said = reference is not None and (
            reference.name or len(reference.metadata) or reference.available_range
        )
        if reference is not None and not (missing and not said):
            block["ref"] = reference.form
        if isinstance(reference, light.GeneratorReference):
            block["generator"] = True
    active = item.active_media_reference_key
    others = {k: v for k, v in item.media_references().items() if k != active}
    if others or active != _DEFAULT_KEY:
        block["references"] = others
        block["active"] = active
