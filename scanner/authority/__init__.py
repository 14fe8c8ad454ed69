"""Authority lists: what may be visited, on whose word."""
