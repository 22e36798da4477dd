"""Which design of a trial shows an effect most surely for its cost, and what to learn first."""
