"""Songs, clips, stills and sequences on disk: what they are and what they hold."""
