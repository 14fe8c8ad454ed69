"""The referral that a recipient reads."""
