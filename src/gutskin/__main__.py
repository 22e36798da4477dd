"""`python -m gutskin` is `gutskin`."""

import sys

from gutskin.cli import main

if __name__ == "__main__":
    sys.exit(main())
