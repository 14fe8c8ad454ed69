"""When and where: authority lists, schedule, tor, fetch, page, visit (the main path), command line."""
