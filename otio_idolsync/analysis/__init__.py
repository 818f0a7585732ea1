"""What a song tells an editor: grid, energy, events, sections and sung phrases."""
