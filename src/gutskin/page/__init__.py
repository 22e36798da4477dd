"""The page: the model itself, compiled for the reader's own browser."""
