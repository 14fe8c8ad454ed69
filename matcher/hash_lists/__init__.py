"""Lists of known material: their formats, what an entry holds, and how a list is kept."""
