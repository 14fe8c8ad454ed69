"""One picture: decoded and hashed."""
