"""The image: decode, readings, fingerprints, hash lists, index, verdicts. Pure, but for the confined worker's pipe."""
