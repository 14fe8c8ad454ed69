"""What the operator may say, and the few values that every other package shares. Imports nothing of Sightline."""
