"""Answers for people: why each cut is where it is, and what is installed."""
