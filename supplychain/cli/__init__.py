"""The command line. Importing it is quick: commands import what they need when they are called."""

__all__ = ["main"]


def main() -> None:
    """Entry point of ``supplychain``."""
    from supplychain.cli.app import run_app

    run_app()
