"""JSON Schemas of the files."""
