"""The fetches of one visit: permitted, logged, within the rate and the budget, followed through redirects.

May import `scanner.exchange`, `scanner.authority`, `scanner.urls`, and below. Begin with `visit_fetches`.
"""
