"""Launcher for a checkout: ``python cli.py …`` does what ``old-partners …`` does once installed."""

import sys

from matcher.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
