"""Supply chain and logistics optimization toolkit."""

__all__ = ["__version__"]

__version__ = "0.1.0"
