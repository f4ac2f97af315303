"""``python -m netplastic``."""

from netplastic.cli import main

if __name__ == "__main__":
    main()
