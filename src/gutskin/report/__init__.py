"""What a reader sees: words, figures, the page, the table on a terminal, progress."""
