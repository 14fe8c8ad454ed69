"""Referral files, made and verified."""
