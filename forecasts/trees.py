"""Sums of regression trees, read from a LightGBM model text and followed by a compiled loop.

LightGBM's own predictor spends most of its time on generality; a closed loop asks for the same trees every few days.
The text is LightGBM's documented ``Booster.save_model`` format; only numerical splits are read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from forecasts.compiled import compiled, packed
from forecasts.protocol import Flags, Floats

__all__ = ["Forest", "read_forest", "sum_trees"]

_CATEGORICAL, _DEFAULT_LEFT, _MISSING_IS_NAN = 1, 2, 8
_MISSING = 12

Indices = npt.NDArray[np.int32]


class Forest(NamedTuple):
    """Nodes of all trees in a row: ``feature``, ``threshold``, children and where NaN goes; leaves are ``~index``.

    ``first`` [T+1] is the first node of each tree, ``first_leaf`` [T+1] its first leaf; a tree of one leaf has no node.
    """

    feature: Indices
    threshold: Floats
    left: Indices
    right: Indices
    nan_left: Flags
    value: Floats
    first: Indices
    first_leaf: Indices


def read_forest(text: str) -> Forest:
    """Trees of a model text; raises ValueError for splits that are no numerical ones."""
    trees = list(_sections(text))
    kinds = np.concatenate([_numbers(tree, "decision_type", np.int64) for tree in trees])
    if np.any(kinds & _CATEGORICAL) or np.any(kinds & _MISSING == _MISSING_IS_NAN - 4):
        raise ValueError("model text: categorical splits and zeros that mean missing are not read")
    nodes = [_numbers(tree, "threshold", np.float64).size for tree in trees]
    leaves = [_numbers(tree, "leaf_value", np.float64).size for tree in trees]
    nan_left = np.where(kinds & _MISSING == _MISSING_IS_NAN, kinds & _DEFAULT_LEFT > 0, False)
    threshold = np.concatenate([_numbers(tree, "threshold", np.float64) for tree in trees])
    # Where no NaN was seen in training LightGBM takes NaN for zero.
    nan_left |= (kinds & _MISSING == 0) & (threshold >= 0.0)
    return Forest(
        np.concatenate([_numbers(tree, "split_feature", np.int32) for tree in trees]),
        threshold,
        np.concatenate([_numbers(tree, "left_child", np.int32) for tree in trees]),
        np.concatenate([_numbers(tree, "right_child", np.int32) for tree in trees]),
        nan_left,
        np.concatenate([_numbers(tree, "leaf_value", np.float64) for tree in trees]),
        np.concatenate([[0], np.cumsum(nodes)]).astype(np.int32),
        np.concatenate([[0], np.cumsum(leaves)]).astype(np.int32),
    )


def sum_trees(forest: Forest, features: npt.NDArray[np.float32]) -> Floats:
    """Sum of the leaves that each row of ``features`` [W,F] falls into, shape [W]."""
    out: Floats = _sum_trees(forest, packed(features))
    return out


@compiled
def _sum_trees(forest: Forest, features: npt.NDArray[np.float32]) -> Floats:
    out = np.zeros(features.shape[0])
    for row in range(features.shape[0]):
        for tree in range(forest.first.size - 1):
            start, leaf = forest.first[tree], forest.first_leaf[tree]
            node = 0 if forest.first[tree + 1] > start else -1
            while node >= 0:
                at = start + node
                value = features[row, forest.feature[at]]
                left = forest.nan_left[at] if np.isnan(value) else value <= forest.threshold[at]
                node = forest.left[at] if left else forest.right[at]
            out[row] += forest.value[leaf + (-node - 1)]
    return out


def _sections(text: str) -> Iterator[dict[str, str]]:
    for part in text.split("\nTree=")[1:]:
        lines = part.split("\n\n", 1)[0].splitlines()[1:]
        yield dict(line.split("=", 1) for line in lines if "=" in line)


def _numbers(tree: dict[str, str], key: str, kind: type[np.generic]) -> npt.NDArray[np.generic]:
    return np.array(tree.get(key, "").split(), dtype=kind)
