"""A small set of textbook cases for runs without a folder.

Data and answers are those of the example or problem in the name in Snyder and Shen, Fundamentals of Supply Chain
Theory, 2nd ed. (2019), unless said otherwise; answers are right to half of their last digit.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from benchmarks.inventory.case import Case

__all__ = ["built_in_cases"]

_EOQ: Final = {"fixed_cost": 8, "holding_cost": 0.225, "demand_rate": 1300}
_DISCOUNT: Final = {
    "fixed_cost": 8,
    "holding_cost_rate": 0.3,
    "demand_rate": 1300,
    "breakpoints": [0, 400, 800],
    "unit_costs": [0.75, 0.72, 0.68],
}
_NORMAL: Final = {"holding_cost": 0.18, "stockout_cost": 0.7, "demand_mean": 50, "demand_sd": 8}
_R_Q: Final = {
    "holding_cost": 0.225,
    "stockout_cost": 7.5,
    "fixed_cost": 8,
    "demand_mean": 1300,
    "demand_sd": 150,
    "lead_time": 1 / 12,
}

# name, kind, given, expected, digits that are right after the point
_TEXTBOOK: Final[tuple[tuple[str, str, dict[str, Any], dict[str, Any], int], ...]] = (
    ("example_3_1", "eoq", _EOQ, {"order_quantity": 304.1, "cost": 68.4}, 0),
    ("example_3_1_at_250", "eoq_cost_at_q", _EOQ | {"order_quantity": 250}, {"cost": 69.725}, 3),
    ("example_3_5", "eoq_all_units_discount", _DISCOUNT, {"order_quantity": 800, "region": 2, "cost": 978.6}, 1),
    ("example_3_8", "eoq_backorders", _EOQ | {"stockout_cost": 5}, {"order_quantity": 310.81, "cost": 66.92}, 2),
    (
        "example_3_9",
        "wagner_whitin",
        {"num_periods": 4, "holding_cost": 2, "fixed_cost": 500, "demand": [90, 120, 80, 70]},
        {"order_quantities": [210, 0, 150, 0], "cost": 1380},
        6,
    ),
    (
        "example_4_2",
        "newsvendor_normal_explicit",
        {"revenue": 1, "purchase_cost": 0.3, "salvage_value": 0.12, "demand_mean": 50, "demand_sd": 8},
        {"base_stock_level": 56.6, "profit": 33.0},
        1,
    ),
    ("example_4_3", "newsvendor_normal", _NORMAL, {"base_stock_level": 56.6, "cost": 2.0}, 1),
    (
        "example_4_4",
        "newsvendor_normal",
        _NORMAL | {"lead_time": 4},
        {"base_stock_level": 264.77},
        2,
    ),
    (
        "example_4_7",
        "s_S_poisson_exact",
        {"holding_cost": 1, "stockout_cost": 4, "fixed_cost": 5, "demand_mean": 6},
        {"s": 4, "S": 10, "cost": 8.034},
        3,
    ),
    ("example_4_8", "s_S_power_approximation", _NORMAL | {"fixed_cost": 2.5}, {"s": 40.19, "S": 74.29}, 2),
    ("example_5_1_loss_functions", "r_Q_loss_function_optimum", _R_Q, {"r": 126.87, "Q": 328.45}, 2),
    ("example_5_1_inventory_level", "r_Q_EIL_approximation", _R_Q, {"r": 213.97, "Q": 318.59, "cost": 95.45}, 2),
    (
        "example_5_8",
        "r_Q_poisson_exact",
        {"holding_cost": 20, "stockout_cost": 150, "fixed_cost": 100, "demand_mean": 1.5, "lead_time": 2},
        {"r": 3, "Q": 5, "cost": 107.92},
        2,
    ),
    (
        "problem_4_29",
        "finite_horizon_dp",
        {
            "num_periods": 10,
            "holding_cost": 1,
            "stockout_cost": 25,
            "terminal_holding_cost": 1,
            "terminal_stockout_cost": 25,
            "purchase_cost": 1,
            "fixed_cost": 0,
            "demand_mean": 18,
            "demand_sd": 3,
            "discount_factor": 0.98,
        },
        {"order_up_to_levels": [23] * 10, "cost": 234.8},
        1,
    ),
    (
        "example_9_1",
        "eoq_disruptions_exact",
        _EOQ | {"stockout_cost": 5, "disruption_rate": 1.5, "recovery_rate": 14},
        {"order_quantity": 772.81, "cost": 173.95},
        2,
    ),
    (
        "example_9_5",
        "eoq_multiplicative_yield",
        {"holding_cost": 0.06, "fixed_cost": 18500, "demand_rate": 75000, "yield_mean": 5 / 6,
         "yield_sd": 0.14085904245475275},
        {"order_quantity": 254460, "cost": 13086.5},
        0,
    ),
    # Zheng and Federgruen (1991), table 1, first row.
    (
        "zheng_federgruen_10",
        "s_S_poisson_exact",
        {"holding_cost": 1, "stockout_cost": 9, "fixed_cost": 64, "demand_mean": 10},
        {"s": 6, "S": 40, "cost": 35.022},
        3,
    ),
)  # fmt: skip


def built_in_cases() -> Iterator[Case]:
    """The textbook cases."""
    for name, kind, given, expected, digits in _TEXTBOOK:
        yield Case(name, kind, given, expected, 0.0, 0.51 * 10.0**-digits)
