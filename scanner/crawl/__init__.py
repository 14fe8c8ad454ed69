"""Which page comes next, and which links are not followed. Pure.

Imports the values of `scanner.page` and `reports`, and `scanner.urls`. Begin with `frontier.py`.
"""
