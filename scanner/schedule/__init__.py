"""When a site is due again."""
