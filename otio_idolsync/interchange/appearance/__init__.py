"""How editors say that a picture looks and a sound sounds: read once, for all that need it."""
