"""``python -m projections.api.cli``: the same as ``lotone``."""

from projections.api.cli.main import main

if __name__ == "__main__":
    main()
