"""Whether a site is up."""
