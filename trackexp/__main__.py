"""`python -m trackexp`."""

from __future__ import annotations

import sys

from trackexp.cli import main

if __name__ == "__main__":
    sys.exit(main())
