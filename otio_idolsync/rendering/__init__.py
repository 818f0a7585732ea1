"""From a timeline to a movie, frame for frame."""
