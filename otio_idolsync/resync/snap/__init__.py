"""Move the cuts of a timeline that nearly hit a beat onto it, and answer for every cut."""
