"""The native OTIO timeline, its metadata and the sync sheet."""
