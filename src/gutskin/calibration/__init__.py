"""Numbers that answer to data: targets, worlds that meet them, and how far that is known."""
