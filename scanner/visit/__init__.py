"""One visit of one listed site: fetch its pages and pictures, judge them, seal a record of each page.

May import every package of `scanner` below it (not `daemon`, `cli`, `app`, `rehearsal`), and `reports`, `matcher` and
`config`. Begin with `visit`: the whole path in one file.
"""
