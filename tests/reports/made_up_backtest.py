"""A made-up backtest of the made-up run's rows: the first is forecast too high, the last too little known to judge."""

from __future__ import annotations

import numpy as np

from forecasts import History, Outlook, Request
from forecasts.backtest import Backtest
from supplychain.handover.backtest_frames import backtest_table
from supplychain.handover.forecasting import ForecastInputs
from supplychain.reports.backtest_view import BacktestView
from supplychain.reports.places import report_tables
from tests.reports.made_up import AS_OF, EVIL, KEYS, data_set

METHODS = ("auto", "seasonal_naive", "empirical_112")
LEVELS = (0.1, 0.5, 0.9)
DAYS, HORIZON = 200, 14


def backtest_view(*, name: str = EVIL, origins: int = 4, single_days: bool = True) -> BacktestView:
    """Tables of made-up forecasts from ``origins`` days; figures are arbitrary but the same every time."""
    random = np.random.default_rng(4)
    quantity = random.poisson([[9.0], [20.0], [5.0], [0.6]], (4, DAYS)).astype(np.float64)
    in_stock = np.ones(quantity.shape, dtype=bool)
    in_stock[3, -origins * HORIZON :: 3] = False
    history = History(
        quantity=quantity,
        in_stock=in_stock,
        price_ratio=np.ones(quantity.shape),
        promo=np.zeros(quantity.shape),
        first_day=np.datetime64(AS_OF, "D") - np.timedelta64(DAYS - 1, "D"),
        group=np.arange(4),
        unit_value=np.full(4, 6.0),
    )
    nothing = Outlook(np.ones((4, 28)), np.zeros((4, 28)), (), np.zeros((4, 0, DAYS + 28)))
    request = Request(28, (3, 7, 28), LEVELS, np.full(4, 0.95))
    columns = np.arange(DAYS - origins * HORIZON, DAYS, HORIZON)
    tests = {
        method: _made_up(history, columns, off, single_days) for method, off in zip(METHODS, (1, 2, 3), strict=True)
    }
    dataset = data_set(name=name)
    table = backtest_table(
        dataset, KEYS, ForecastInputs(history, nothing, request), tests, class_index=np.array([0, 0, 1, 2])
    )
    return BacktestView(
        key="0123456789abcdef0123456789abcdef", scenario="optimized", title=name, as_of=AS_OF, methods=METHODS,
        origins=tuple(sorted(set(table.rows["origin"].astype(str)))), step_days=HORIZON, horizon_days=HORIZON,
        table=table, about=report_tables(dataset),
    )  # fmt: skip


def _made_up(history: History, columns: np.ndarray, off: int, single_days: bool) -> Backtest:
    random = np.random.default_rng(off)
    known = np.where(history.in_stock, history.quantity, np.nan)
    came = np.stack([known[:, c : c + HORIZON] for c in columns], axis=1)
    usual = history.quantity.mean(axis=1)[:, None, None]
    mean = np.maximum(0.0, usual + 0.3 * off * np.sqrt(usual) * random.normal(size=came.shape))
    mean[0] += 3.0
    ends = np.array([2, 6])
    mu = np.cumsum(mean, axis=2)[:, :, ends]
    spread = np.array([0.4, 1.0, 1.7])
    return Backtest(
        origins=columns, protection_days=(3, 7), levels=LEVELS, actual=np.cumsum(came, axis=2)[:, :, ends], mu=mu,
        k=np.full(mu.shape, 3.0), quantile=np.rint(mu[..., None] * spread), daily_actual=came, daily_mean=mean,
        day_quantile=np.rint(mean[..., None] * spread) if single_days else None,
    )  # fmt: skip
