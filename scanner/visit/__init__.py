"""One visit of one listed site: the main path."""
