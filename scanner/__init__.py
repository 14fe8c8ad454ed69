"""When and where: authority lists, schedule, tor, fetches, pages, visits, commands.

May import `reports`, `matcher` and `config`. Begin with `visit/visit.py`, the main path; `app.py` puts the parts
together.
"""
