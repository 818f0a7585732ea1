"""OpenTimelineIO finds the adapters through this module, in every process that uses OTIO."""

from pathlib import Path
from typing import Any


def plugin_manifest() -> Any:
    """Return the plugin manifest with absolute paths to the adapter modules."""
    import opentimelineio as otio

    root = Path(__file__).resolve().parents[1]
    manifest = otio.plugins.manifest.manifest_from_file(str(root / "plugin_manifest.json"))
    for plugin in manifest.adapters:
        plugin.filepath = str(root / plugin.filepath)
    return manifest
