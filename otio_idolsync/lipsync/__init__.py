"""Make a face sing: providers of mouth movement, mouth cues, and what has become stale."""
