"""`python -m gutskin` is `gutskin`."""

from gutskin.cli import run

if __name__ == "__main__":
    run()
