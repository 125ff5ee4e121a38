"""What of an order plan a buyer has to see besides its lines: action messages, exceptions, and when money leaves."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from supplychain.domain import DataSet
from supplychain.handover.cash_weeks import cash_months, cash_weeks, payments
from supplychain.handover.decision import looked_at
from supplychain.handover.direct_mail import direct_mail_table
from supplychain.handover.exceptions_limits import relaxed_limits
from supplychain.handover.expected_demand import expected_demand
from supplychain.handover.look import look
from supplychain.handover.next_orders import next_orders
from supplychain.handover.order_actions import order_actions
from supplychain.handover.order_exceptions import order_exceptions
from supplychain.handover.order_rows import order_rows
from supplychain.handover.rush import rush_table
from supplychain.pipeline.accept import accept
from supplychain.pipeline.cache import StepCache
from supplychain.pipeline.causes import EVERY_TABLE, causes
from supplychain.pipeline.prepare import House
from supplychain.pipeline.steps import Forecasted, tonight
from supplychain.plans.judge.cash_weeks import judge_cash
from supplychain.plans.judge.direct_mail import judge_direct_mail
from supplychain.plans.judge.order_actions import judge_order_actions
from supplychain.plans.judge.order_exceptions import judge_exceptions
from supplychain.plans.judge.rushes import judge_rushes
from supplychain.plans.mail_table import no_mail
from supplychain.plans.order_plan import OrderPlan
from supplychain.plans.rush_table import no_rushes
from supplychain.plans.transfer_plan import TransferPlan
from supplychain.store import StepResult

__all__ = ["review_step"]

_NOT_READ = ("actuals", "overrides")


def review_step(cache: StepCache, house: House, forecasted: Forecasted, plan: StepResult) -> StepResult:
    """Action messages, rush orders, direct mail, exceptions, rows looked at, and cash view of a ``plan``, as tables."""
    dataset, settings = house.dataset, house.settings.replenish
    state, history = tonight(house, forecasted.inputs), forecasted.inputs.history
    expected = tonight(house, forecasted.inputs, as_expected=True)  # what the order plan counted on
    mail = no_mail()
    if settings.policy == "optimized":
        mail = direct_mail_table(
            dataset, house.sourcing, fulfilment=house.fulfilment, terms=house.terms, history=history, settings=settings
        )

    def make(key: str) -> StepResult:
        orders, transfers = OrderPlan.from_tables(plan.tables), TransferPlan.from_tables(plan.tables)
        situation = look(state, forecasted.forecast, dataset.as_of, terms=house.terms, settings=settings)
        decided = look(expected, forecasted.forecast, dataset.as_of, terms=house.terms, settings=settings)
        lines, moves = plan.tables["order_lines"], plan.tables["transfer_lines"]
        actions = order_actions(
            dataset, situation, settings=settings, order_lines=lines, transfer_lines=moves, counted=decided
        )
        lost, days = expected_demand(house.terms, forecasted.forecast, settings), situation.days_ahead
        found = judge_order_actions(
            dataset, actions, orders=orders, transfers=transfers, settings=settings, days_ahead=days, lost=lost
        )
        accept("list of action messages", "review", found)
        rushes = no_rushes()
        if settings.policy == "optimized":
            rushes = rush_table(dataset, decided, lines, settings=settings, scorecards=house.scorecards)
        measured = plan.tables["supplier_scorecards"]
        accept("list of rush orders", "review", judge_rushes(dataset, rushes, orders, scorecards=measured))
        exceptions = order_exceptions(
            dataset,
            decided,
            {**plan.tables, "order_actions": actions, "order_rushes": rushes},
            settings=settings,
            quantity=history.quantity,
            first_day=history.first_day.astype("datetime64[D]"),
            relaxed=relaxed_limits(dataset, plan.tables, settings=settings),
        )
        made = {"order_actions": actions, "order_exceptions": exceptions}
        ahead = next_orders(decided, settings=settings, order_lines=lines, transfer_lines=moves)
        rows = order_rows(decided, looked_at(decided, settings), settings=settings, ahead=ahead)
        made |= {"order_rows": rows, "order_rushes": rushes, "order_direct_mail": mail}
        found = judge_direct_mail(dataset, mail, fulfilment=house.fulfilment, scorecards=measured)
        accept("comparison with direct mail", "review", found)
        shown = {"transfers": moves, "stock": plan.tables["stock_projection"], "actions": actions}
        accept("list of exceptions", "review", judge_exceptions(dataset, exceptions, orders=orders, **shown))
        return StepResult("review", key, made | _cash(dataset, orders, budget=settings.budget_per_month))

    inputs = {
        "order plan": plan.key,
        "terms of items and suppliers": replace(house.terms, index={}),
        "stock and orders": [state, list(dataset.open_orders)],
        "sales history": history,
        "settings.replenish": settings,
        "promotions and events": [list(dataset.promotions), list(dataset.events)],
        "past receipts": [list(dataset.receipts), house.scorecards.frame],
        "items and suppliers": [list(dataset.items.values()), list(dataset.suppliers.values()), list(dataset.supply)],
        "lanes": list(dataset.lanes),
        "direct mail": mail,
        "as_of": dataset.as_of,
    }
    behind = causes(
        dataset,
        house.settings,
        sections=("replenish",),
        tables=[name for name in EVERY_TABLE if name not in _NOT_READ],
    )
    return cache.step("review", inputs, make, causes=behind)


def _cash(dataset: DataSet, orders: OrderPlan, *, budget: float | None) -> dict[str, pd.DataFrame]:
    """When money leaves: payments, and their sums by week and month."""
    paid = payments(dataset, orders.lines)
    made = {"cash_payments": paid, "cash_weeks": cash_weeks(dataset, paid)}
    made |= {"cash_months": cash_months(dataset, paid, budget=budget)}
    accept("cash view", "review", judge_cash(dataset, made, orders=orders))
    return made
