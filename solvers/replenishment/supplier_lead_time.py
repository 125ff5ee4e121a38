"""Lead times of suppliers from their receipts, shrunk to their class and to what was agreed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from solvers.replenishment.credibility import Groups, prior_degrees, shrunk_means

__all__ = ["LeadTimes", "Orders", "estimate_lead_times"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

SPREAD_FLOOR = 0.05
"""Least spread between suppliers of a class, as a share of the lead time: an estimate of zero proves no equality."""
FEWEST_PRIOR_ORDERS, MOST_PRIOR_ORDERS = 4.0, 100.0
"""Limits of the orders that a class's variance is worth."""
_ROUNDS, _EXACT = 500, 1e-10
_MORE = 10.0  # agreed lead times that an open order is expected to take longer at most, else estimates grow without end


@dataclass(frozen=True, slots=True)
class Orders:
    """I orders of G suppliers in C classes.

    ``ratio`` [I] lead time over the agreed mean lead time, above 0; where ``received`` [I] is false the order is still
    open and ``ratio`` is how long it has been so far (right-censored; 0 is allowed). ``supplier`` [I] in 0..G-1,
    ``supplier_class`` [G] in 0..C-1. ``agreed_variance`` [G]: squared coefficient of variation of the agreed lead time
    (0: none agreed).
    """

    ratio: Floats
    received: Flags
    supplier: Ints
    supplier_class: Ints
    agreed_variance: Floats


@dataclass(frozen=True, slots=True)
class LeadTimes:
    """Lead time over the agreed mean: ``mean`` and ``sd`` [G] to plan with, ``class_mean`` [C].

    ``measured_mean`` and ``measured_sd`` [G] are those of the supplier's own orders, open ones counted with the lead
    time to be expected of them (NaN without receipts; sd NaN below two). ``credibility`` [G] is the weight of the
    supplier's own mean, ``error`` [G] the standard error that remains of ``mean``. ``prior_orders`` says how many
    orders the class's variance is worth.
    """

    mean: Floats
    sd: Floats
    class_mean: Floats
    measured_mean: Floats
    measured_sd: Floats
    credibility: Floats
    error: Floats
    prior_orders: float


def estimate_lead_times(orders: Orders) -> LeadTimes:
    """Mean and standard deviation of each supplier's lead time, with open orders as right-censored.

    The mean is the credibility estimate ``Z own + (1 - Z) class`` with ``Z = n / (n + s2 / t2)``, n receipts, s2 the
    supplier's variance and t2 that between suppliers of a class (Buhlmann and Gisler, A Course in Credibility Theory,
    2005, theorem 4.2); t2 is the estimate of moments of ``spread_between``, at least ``SPREAD_FLOOR`` squared. The
    class's mean is shrunk in the same way to 1, the agreed lead time. The variance is ``(d0 v0 + d s2) / (d0 + d)``
    with d = n - 1 and v0 that of the class in the proportions agreed; d0 is fitted to the spread of the suppliers'
    variances (Smyth, Statistical Applications in Genetics and Molecular Biology 3, 2004, equations 1 and 2). An open
    order counts with the mean and the variance of a gamma lead time that is known to be longer than it is open: the
    estimates and what is expected of open orders are found in turn until they agree (the EM algorithm of Dempster,
    Laird and Rubin, 1977, for moments; self-consistency).

    Raises ValueError, naming every field at fault, for arrays of other shapes, ratios that are no numbers or not
    positive, and suppliers or classes outside 0..G-1 and 0..C-1.
    """
    _check(orders)
    count = orders.agreed_variance.size
    mean, variance = np.ones(count), np.where(orders.agreed_variance > 0, orders.agreed_variance, SPREAD_FLOOR**2)
    received = np.bincount(orders.supplier[orders.received], minlength=count).astype(np.float64)
    found = None
    for _ in range(_ROUNDS):
        first, second = _expected_moments(orders, mean, variance)
        found = _once(orders, received, first, second=second)
        moved = max(_largest(found.mean - mean), _largest(found.sd**2 - variance))
        mean, variance = found.mean, found.sd**2
        if moved < _EXACT:
            break
    assert found is not None
    return found


def _largest(change: Floats) -> float:
    return float(np.abs(change).max(initial=0.0))


def _check(orders: Orders) -> None:
    lines, suppliers = orders.ratio.shape, orders.agreed_variance.shape
    faults = [
        f"{name} has shape {getattr(orders, name).shape}: must be {shape}"
        for name, shape in (("received", lines), ("supplier", lines), ("supplier_class", suppliers))
        if getattr(orders, name).shape != shape
    ]
    if not faults:
        least = np.where(orders.received, np.nextafter(0.0, 1.0), 0.0)
        if not (np.isfinite(orders.ratio) & (orders.ratio >= least)).all():
            faults.append("ratio: must be finite, above 0 where received and at least 0 where open")
        if not (np.isfinite(orders.agreed_variance) & (orders.agreed_variance >= 0)).all():
            faults.append("agreed_variance: must be finite and at least 0")
        if orders.supplier.size and not 0 <= orders.supplier.min() <= orders.supplier.max() < suppliers[0]:
            faults.append(f"supplier: must lie in 0..{suppliers[0] - 1}")
        if suppliers[0] and orders.supplier_class.min() < 0:
            faults.append("supplier_class: must be at least 0")
    if faults:
        raise ValueError("orders of suppliers: " + "; ".join(faults))


def _expected_moments(orders: Orders, mean: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """First and second moment of each order's ratio [I]: as received, or given that it exceeds what it is by now."""
    from scipy.special import gammaincc

    open_ = ~orders.received
    first, second = orders.ratio.copy(), orders.ratio**2
    m, v = mean[orders.supplier[open_]], np.maximum(variance[orders.supplier[open_]], 1e-12)
    so_far = orders.ratio[open_]
    shape, scale = m**2 / v, v / m
    beyond = gammaincc(shape, so_far / scale)
    known = beyond > 1e-280
    divide = np.where(known, beyond, 1.0)
    longer = np.where(known, m * gammaincc(shape + 1, so_far / scale) / divide, so_far + scale)
    squares = np.where(known, (m**2 + v) * gammaincc(shape + 2, so_far / scale) / divide, (so_far + scale) ** 2)
    first[open_] = np.clip(longer, so_far, so_far + _MORE)
    least = first[open_] ** 2
    second[open_] = np.clip(squares, least, least + _MORE**2)
    return first, second


def _once(orders: Orders, received: Floats, first: Floats, *, second: Floats) -> LeadTimes:
    """Estimates from the expected moments of all orders.

    What is merely expected of an open order weighs nothing with other suppliers. At the fixed point an order without
    any news leaves its supplier's figures as they are, but for a trace by way of the class.
    """
    count = orders.agreed_variance.size
    total = np.bincount(orders.supplier, minlength=count).astype(np.float64)
    own = np.divide(np.bincount(orders.supplier, first, count), total, out=np.ones(count), where=total > 0)
    squares = np.divide(np.bincount(orders.supplier, second, count), total, out=np.ones(count), where=total > 0)
    spread = np.maximum(squares - own**2, 0.0)
    sample = spread * total / np.maximum(total - 1.0, 1.0)
    variance, prior_orders = _variances(orders, sample, total, received=received)
    group = Groups(own, total, received, variance, orders.supplier_class)
    found = shrunk_means(group, floor=SPREAD_FLOOR)
    return LeadTimes(
        mean=found.mean,
        sd=np.sqrt(variance),
        class_mean=found.class_mean,
        measured_mean=np.where(received > 0, own, np.nan),
        measured_sd=np.where(received > 1, np.sqrt(sample), np.nan),
        credibility=found.credibility,
        error=found.error,
        prior_orders=prior_orders,
    )


def _variances(orders: Orders, sample: Floats, total: Floats, *, received: Floats) -> tuple[Floats, float]:
    """Variance of each supplier's ratio [G], shrunk to its class's in the proportions agreed; what that is worth."""
    classes, agreed = orders.supplier_class, orders.agreed_variance
    count = int(classes.max(initial=-1)) + 1
    degrees = np.maximum(received - 1.0, 0.0)
    known = np.bincount(classes, degrees, count)
    pooled = np.divide(np.bincount(classes, degrees * sample, count), known, out=np.zeros(count), where=known > 0)
    given = agreed > 0
    # Where nobody of a class has agreed on a spread, what it has delivered is all there is.
    mass = np.where(given, np.maximum(degrees, 1e-9), 0.0)
    agreed_mass = np.bincount(classes, mass, count)
    expected = np.divide(np.bincount(classes, mass * agreed, count), agreed_mass, out=pooled.copy(),
                         where=agreed_mass > 0)  # fmt: skip
    worth = MOST_PRIOR_ORDERS  # what was agreed for a whole class
    level = (worth * expected + known * pooled) / (worth + known)
    factor = np.divide(level, expected, out=np.ones(count), where=expected > 0)[classes]
    prior = np.where(given, agreed * factor, level[classes])
    prior_orders = prior_degrees(sample, degrees, prior, least=FEWEST_PRIOR_ORDERS, most=MOST_PRIOR_ORDERS)
    own = np.maximum(total - 1.0, 0.0)
    return (prior_orders * prior + own * sample) / (prior_orders + own), prior_orders
