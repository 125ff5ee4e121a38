"""Writes the data set folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

__all__ = ["write_folder"]

_ZSTD_LEVEL = 15  # small files; reading is as fast at any level


def write_folder(folder: Path, header: Mapping[str, str], tables: Mapping[str, pd.DataFrame | pa.Table]) -> None:
    """Write dataset.yaml, CSV for data frames and zstd Parquet for Arrow tables."""
    folder.mkdir(parents=True, exist_ok=True)
    names = {}
    for name, table in tables.items():
        if isinstance(table, pa.Table):
            names[name] = f"{name}.parquet"
            pq.write_table(
                table, folder / names[name], compression="zstd", compression_level=_ZSTD_LEVEL, row_group_size=1 << 20
            )
        else:
            names[name] = f"{name}.csv"
            table.to_csv(folder / names[name], index=False, lineterminator="\n")
    lines = [f"{key}: {value}" for key, value in header.items()]
    lines += ["tables:", *(f"  {name}: {file}" for name, file in names.items())]
    (folder / "dataset.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
