"""What a trial will be analysed by, frozen before it is run, and how far its result is credible."""
