"""What was found: log, seal, store, referrals, verification. The only code that writes to disk."""
