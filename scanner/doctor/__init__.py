"""What keeps this machine from doing its work, or from doing it safely: small checks, each fault with its mend.

The checks look and change nothing. Each takes what it looks at as an argument, so that a test can show it a bad one.
"""
