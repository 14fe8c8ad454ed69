"""HTML, XML, CSS and JSON as text: which references a document names, and in which way.

Imports the values of `scanner.page` and `scanner.urls`. Begin with `embeddings.py`.
"""
