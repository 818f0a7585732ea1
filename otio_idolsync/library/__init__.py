"""The folder of shots: what lies in it and what ``shots.toml`` says of it."""
