"""The confined worker: the only process that decodes what came from a site."""
