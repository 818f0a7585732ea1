"""Editors' file formats, both ways: what an editor keeps comes back, what it drops is said."""
