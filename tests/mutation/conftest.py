"""A program and its plugin: nothing here is a test."""

collect_ignore_glob = ["*.py"]
