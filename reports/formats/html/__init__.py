"""A referral as HTML."""
