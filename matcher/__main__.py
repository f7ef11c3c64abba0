"""``python -m matcher …`` does what ``old-partners …`` does."""

import sys

from matcher.commands import main

if __name__ == "__main__":
    sys.exit(main())
