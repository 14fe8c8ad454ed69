"""Exact lookup: digests by their first bits, perceptual codes within a Hamming distance. No loss at any threshold."""
