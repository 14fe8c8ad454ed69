"""What is sealed of each page and visit."""
