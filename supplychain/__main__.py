"""``python -m supplychain ...`` is ``supplychain ...``."""

from supplychain.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
