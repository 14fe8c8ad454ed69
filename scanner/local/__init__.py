"""Local files: the matcher over files and folders, read-only, for the triage of a forensic backlog."""
