"""The dress rehearsal: a private Tor network with benign onion sites on this machine."""
