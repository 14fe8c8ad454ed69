"""Who is told what, and how it goes out."""
