"""The one durable thing that a scanner writes during a visit."""
