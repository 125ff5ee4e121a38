"""Write the placement model as LP or MPS."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from solvers.milp import write_model
from solvers.placement.model import build_model, with_rows
from solvers.placement.problem import PlacementProblem

__all__ = ["write_placement"]


def write_placement(problem: PlacementProblem, path: Path) -> None:
    """Write the model with all strong rows and readable names; the suffix ``.lp`` or ``.mps`` chooses the format."""
    model = build_model(problem, named=True)
    write_model(with_rows(model, model.strong_rows(np.arange(len(model.arc_site)))).milp, path)
