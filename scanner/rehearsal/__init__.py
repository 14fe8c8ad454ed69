"""The dress rehearsal: a private Tor network with benign onion sites on this machine.

May import everything but the commands. Begin with `run.py`, then `scenario.py` (what is planted) and `network.py`.
"""
