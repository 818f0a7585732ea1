"""Make any human's cut and its song a cut of ours, without moving a frame of it."""
