"""The product's own beat tracker: a small network, run in numpy, and a decoder of its output."""
