"""Launcher for a plain checkout: ``python cli.py ...`` is ``supplychain ...``."""

from supplychain.cli import main

if __name__ == "__main__":
    main()
