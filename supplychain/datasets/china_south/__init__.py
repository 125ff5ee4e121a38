"""The bundled data set ``china_south``: real places, synthetic demand."""

from supplychain.datasets.china_south.build import build

__all__ = ["build"]
