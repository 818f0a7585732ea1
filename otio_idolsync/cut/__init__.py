"""Read and write cuts: the native OTIO timeline, its metadata and the sync sheet."""
