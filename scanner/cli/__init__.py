"""The command line: options, output, and one module for each command in `commands`.

May import everything below. Begin with `main.py` (the table of commands), then `output.py`.
"""
