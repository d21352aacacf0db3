"""`python -m tensionwatch`."""

import sys

from tensionwatch.cli import main

if __name__ == "__main__":
    sys.exit(main())
