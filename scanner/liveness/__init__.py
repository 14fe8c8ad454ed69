"""Whether a site is up, with the evidence for it.

May import `scanner.tor`, `scanner.fetch` and below. Begin with `assess.py` (the rules, pure), then `check.py`.
"""
