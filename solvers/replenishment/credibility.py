"""Means and variances of groups, shrunk to their class by the amount of data (empirical Bayes)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Groups", "ShrunkMeans", "prior_degrees", "shrunk_means", "spread_between"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Groups:
    """G groups in C classes: ``mean`` [G] of each, from ``count`` [G] values of ``variance`` [G].

    ``seen`` [G] of the values were measured; the others are expectations, which tell nothing of other groups.
    ``classes`` [G] in 0..C-1.
    """

    mean: Floats
    count: Floats
    seen: Floats
    variance: Floats
    classes: Ints


@dataclass(frozen=True, slots=True)
class ShrunkMeans:
    """``mean`` and its standard ``error`` [G], ``credibility`` [G] of the measured values, ``class_mean`` [C]."""

    mean: Floats
    error: Floats
    credibility: Floats
    class_mean: Floats


def shrunk_means(groups: Groups, *, floor: float, prior: float = 1.0) -> ShrunkMeans:
    """``Z own + (1 - Z) class`` with ``Z = n / (n + s2 / t2)``, and the class's mean shrunk to ``prior`` likewise.

    t2, the variance between groups of a class, and that between classes come from ``spread_between``, each at least
    ``floor`` squared. Source: Buhlmann and Gisler, A Course in Credibility Theory (2005), theorem 4.2 and, for the
    second level, chapter 6 (hierarchical credibility).
    """
    classes = int(groups.classes.max(initial=-1)) + 1
    within = spread_between(groups.mean, _divided(groups.variance, groups.seen), groups.classes, floor=floor)
    error2 = within + _divided(groups.variance, groups.seen)
    weight = np.divide(1.0, error2, out=np.zeros(error2.size), where=np.isfinite(error2) & (error2 > 0))
    total = np.bincount(groups.classes, weight, classes)
    mean = np.divide(np.bincount(groups.classes, weight * groups.mean, classes), total, out=np.full(classes, prior),
                     where=total > 0)  # fmt: skip
    class_error2 = _divided(np.ones(classes, np.float64), total.astype(np.float64))
    among = spread_between(mean, class_error2, np.zeros(classes, np.int64), floor=floor, center=prior)
    trust = among / (among + class_error2)
    class_mean = prior + trust * (mean - prior)
    share = _weight(groups.count, groups.variance, within)
    seen_share = _weight(groups.seen, groups.variance, within)
    left = (1.0 - seen_share) * within + (1.0 - seen_share) ** 2 * ((1.0 - trust) * among)[groups.classes]
    shrunk = class_mean[groups.classes] + share * (groups.mean - class_mean[groups.classes])
    return ShrunkMeans(shrunk, np.sqrt(left), seen_share, class_mean)


def _weight(count: Floats, variance: Floats, between: float) -> Floats:
    """Credibility n / (n + s2 / t2) [G]; groups whose values do not vary are known by one of them."""
    worth = count * between
    weight: Floats = np.divide(worth, worth + variance, out=np.zeros(count.size), where=count > 0)
    return weight


def _divided(variance: Floats, count: Floats) -> Floats:
    divided: Floats = np.divide(variance, count, out=np.full(variance.size, np.inf), where=count > 0)
    return divided


def spread_between(mean: Floats, error2: Floats, classes: Ints, *, floor: float, center: float | None = None) -> float:
    """Variance between groups of a class by the method of moments, at least ``floor`` squared.

    ``mean`` [G] with squared standard errors ``error2`` [G] (inf: nothing known). The groups of a class lie around its
    weighted mean, or around ``center``. Source: DerSimonian and Laird, Controlled Clinical Trials 7 (1986), page 183,
    pooled over classes.
    """
    known = np.isfinite(error2)
    m, c = mean[known], classes[known]
    weight = 1.0 / np.maximum(error2[known], 1e-12)
    count = int(c.max(initial=-1)) + 1
    total, square = np.bincount(c, weight, count), np.bincount(c, weight**2, count)
    if center is None:
        middle = np.divide(np.bincount(c, weight * m, count), total, out=np.zeros(count), where=total > 0)
        degrees = int(m.size - np.count_nonzero(total))
        scale = float((total - np.divide(square, total, out=np.zeros(count), where=total > 0)).sum())
    else:
        middle, degrees, scale = np.full(count, center), int(m.size), float(total.sum())
    if degrees < 1 or scale <= 0:
        return floor**2
    excess = float((weight * (m - middle[c]) ** 2).sum()) - degrees
    return max(excess / scale, floor**2)


def prior_degrees(variance: Floats, degrees: Floats, prior: Floats, *, least: float, most: float) -> float:
    """Degrees of freedom that the ``prior`` [G] variances are worth, from how far ``variance`` [G] lie from them.

    ``degrees`` [G] of the measured variances. With fewer than two of at least one degree, or where they lie no farther
    than their own chance says, it is ``most``. Source: Smyth, Statistical Applications in Genetics and Molecular
    Biology 3 (2004), section 6.2: trigamma(d0 / 2) = mean of (e - mean e)^2 G / (G - 1) - trigamma(d / 2).
    """
    from scipy.optimize import brentq
    from scipy.special import digamma, polygamma

    use = (degrees >= 1) & (variance > 0) & (prior > 0)
    if np.count_nonzero(use) < 2:
        return most
    half = degrees[use] / 2.0
    e = np.log(variance[use] / prior[use]) - digamma(half) + np.log(half)
    # Groups of few values say little of the spread: they are weighted by what they know.
    weight = 1.0 / polygamma(1, half)
    weight = weight / weight.sum()
    middle = float((weight * e).sum())
    excess = float((weight * ((e - middle) ** 2 - polygamma(1, half))).sum()) / max(
        1.0 - float((weight**2).sum()), 1e-9
    )
    ends = [float(polygamma(1, d / 2.0)) for d in (least, most)]
    if excess >= ends[0]:
        return least
    if excess <= ends[1]:
        return most
    return float(2.0 * brentq(lambda h: float(polygamma(1, h)) - excess, least / 2.0, most / 2.0))
