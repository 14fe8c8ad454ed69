"""Records: what is sealed of each page and each visit.

May import `reports.sighting`, `reports.canonical`, `reports.schemas` and the log below. Begin with `build.py`.
"""
