"""Pacing profiles as data: one TOML file a profile."""
