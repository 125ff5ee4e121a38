"""The settings sections of a scenario: every key, its type, its limits, its default."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from supplychain.tables.rules import known_country, rule_error

__all__ = [
    "ByClass",
    "ByTier",
    "ForecastSettings",
    "PlaceSettings",
    "ReplenishSettings",
    "RouteSettings",
    "Seed",
    "Settings",
    "TextbookSettings",
    "TodaySettings",
    "TwinSettings",
]

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Level = Annotated[float, Field(gt=0.0, lt=1.0)]
Days = Annotated[float, Field(ge=0.0, le=3650.0)]
WholeDays = Annotated[int, Field(ge=1, le=3650)]
Count = Annotated[int, Field(ge=1, le=1_000_000_000)]
Money = Annotated[float, Field(ge=0.01, le=1e15, allow_inf_nan=False)]
Seed = Annotated[int, Field(ge=0, le=10**15)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ByClass(_Section):
    """One figure for each service class."""

    A: float
    B: float
    C: float


class ByTier(_Section):
    """One figure for each tier of places; empty means no rule."""

    tier1_city: float | None = None
    city: float | None = None
    county_town: float | None = None
    rural: float | None = None


def _each(low: float, high: float, *, inside: bool = False) -> AfterValidator:
    """Limits of every figure of a ByClass or ByTier; ``inside`` leaves the two ends out."""

    def check(figures: ByClass | ByTier) -> ByClass | ByTier:
        for name, value in figures:
            if value is not None and not (low < value < high if inside else low <= value <= high):
                words = f"above {low:g} and below {high:g}" if inside else f"from {low:g} to {high:g}"
                raise ValueError(f"{name} must be {words}")
        return figures

    return AfterValidator(check)


def _rising(levels: tuple[float, ...]) -> tuple[float, ...]:
    if not levels or list(levels) != sorted(set(levels)):
        raise rule_error("must be one or more levels that rise, each once", "write a list such as [0.5, 0.9, 0.98]")
    return levels


class ForecastSettings(_Section):
    """How demand is forecast."""

    method: Literal[
        "auto",
        "seasonal_naive",
        "window_average",
        "ses",
        "adida",
        "imapa",
        "croston",
        "croston_sba",
        "tsb",
        "auto_ets",
        "holt_winters",
        "auto_ces",
        "dynamic_optimized_theta",
        "mstl",
        "auto_arima",
        "statsmodels_ets",
        "statsmodels_theta",
        "ucm",
        "sarimax",
        "prophet",
    ] = Field(
        "auto",
        description="auto combines models on past origins; the others force one model, and rows on which it fails take "
        "a simpler one. docs/forecast_models.md compares them.",
    )
    horizon_days: WholeDays = Field(120, description="Days ahead; at least replenish.outlook_days.")
    levels: Annotated[tuple[Level, ...], AfterValidator(_rising)] = Field(
        (0.1, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99), description="Quantile levels of protection-interval demand."
    )
    origins: Annotated[int, Field(ge=2, le=60)] = Field(6, description="Past origins used to weigh and calibrate.")
    holidays: tuple[Annotated[str, AfterValidator(known_country)], ...] | None = Field(
        None,
        description="Countries whose festivals and sales days move demand, such as [CN]; empty means that of the data "
        "set, [] none. Those that the events table names count as written there.",
    )


class PlaceSettings(_Section):
    """Which sites are open and which zone is served from where."""

    mode: Literal["keep", "choose"] = Field("keep", description="keep opens nothing; choose solves placement.")
    open_at_most: Count | None = Field(None, description="Most stocking DCs open.")
    open_at_least: Count | None = Field(None, description="Fewest stocking DCs open.")
    target_days: Annotated[ByTier, _each(0.0, 365.0)] = Field(
        ByTier(), description="A zone counts as covered when its delivery days are at most this."
    )
    covered_share: Annotated[ByTier, _each(0.0, 1.0)] = Field(
        ByTier(), description="Smallest share of a tier's demand that must be covered."
    )
    engine: Literal["highs", "pulp"] = Field("highs", description="pulp hands the same model to PuLP's solver.")
    gap: Share = Field(0.001, description="Relative gap at which the solver may stop.")
    node_limit: Count = Field(20000, description="Branch-and-bound nodes before it stops.")

    @model_validator(mode="after")
    def _check_counts(self) -> Self:
        if self.open_at_least is not None and self.open_at_most is not None and self.open_at_least > self.open_at_most:
            raise ValueError("open_at_least must not exceed open_at_most")
        return self


class TodaySettings(_Section):
    """Days-of-cover min-max by class, as practised today."""

    min_days: Annotated[ByClass, _each(0.0, 3650.0)] = Field(
        ByClass(A=24.0, B=30.0, C=40.0), description="Order when the position covers fewer days."
    )
    max_days: Annotated[ByClass, _each(0.0, 3650.0)] = Field(
        ByClass(A=50.0, B=65.0, C=90.0), description="Order up to this cover."
    )
    window_days: WholeDays = Field(28, description="Days of past sales that are averaged.")

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        for (name, low), (_, high) in zip(self.min_days, self.max_days, strict=True):
            if low > high:
                raise ValueError(f"min_days.{name} must not exceed max_days.{name}")
        return self


class TextbookSettings(_Section):
    """Normal-approximation safety stock."""

    service_level: Annotated[ByClass, _each(0.0, 1.0, inside=True)] = Field(
        ByClass(A=0.98, B=0.98, C=0.98), description="Cycle service level."
    )


class ReplenishSettings(_Section):
    """How order and transfer plans are made."""

    policy: Literal["today", "textbook", "optimized"] = Field("today", description="The planning rule.")
    review_days: WholeDays = Field(7, description="Days between two looks at an item; supplier weekdays still hold.")
    service_level: Annotated[ByClass, _each(0.0, 1.0, inside=True)] = Field(
        ByClass(A=0.92, B=0.92, C=0.92),
        description="Cycle service level of a typical item under optimized; it sets one price of stock for all classes "
        "of that level, and items that are dear to hold for their margin get less, others more.",
    )
    today: TodaySettings = TodaySettings()
    textbook: TextbookSettings = TextbookSettings()
    holding_share_per_year: Share = Field(0.25, description="Cost of holding stock for a year as a share of its value.")
    lost_sale_share: Share = Field(1.0, description="Share of unmet demand that is lost; the rest waits.")
    lost_share_per_day_of_wait: Share = Field(
        0.015,
        description="Share of customers that stays away for each day by which direct mail takes longer than delivery "
        "from the site. An assumption: 1.5 % of online sales for each business day around seven, as Fisher, Gallino "
        "and Xu (2019) measured; docs/order_plan.md shows where it decides.",
    )
    look_ahead_orders: Annotated[int, Field(ge=1, le=8)] = Field(
        4,
        description="Order days of a supplier that are planned together under optimized when an order is below its "
        "minimum value, a limit that orders share is short, or trucks cost money; 1 looks at tonight alone.",
    )
    lead_times: Literal["measured", "given"] = Field(
        "measured",
        description="measured plans with the lead times that receipts show, shrunk to the supplier's class and to the "
        "master data by the number of receipts, and counts open orders by the share that is usually received; given "
        "plans with the master data. docs/suppliers_and_segments.md says how.",
    )
    source_choice: Literal["total_cost", "landed_cost"] = Field(
        "total_cost",
        description="Of several suppliers and ways of an item, optimized takes the one of least expected cost a year "
        "(total_cost), or of least price and payment fee (landed_cost, as the other rules do).",
    )
    switch_source_above: Share = Field(
        0.01,
        description="Share of its yearly cost that another source must save to replace that of the last order.",
    )
    transfers: bool = Field(True, description="Plan transfers from DCs to front warehouses and hubs.")
    rebalance: bool = Field(
        False, description="Move stock between sites where that saves more margin than it costs; optimized only."
    )
    count_returns: bool = Field(
        True,
        description="Count on the goods that customers usually send back and that can be sold again, as expected "
        "receipts; goods that keep and optimized only.",
    )
    outlook_days: WholeDays = Field(28, description="Days ahead for which planned lines are shown.")
    budget_per_month: Money | None = Field(
        None,
        description="Most that orders of one calendar month, by their order date, may come to in base currency without "
        "fees; empty, also after --set, means no limit. Kept by optimized; docs/order_plan.md says how.",
    )
    frozen_days: Annotated[int, Field(ge=0, le=3650)] = Field(
        0, description="Open orders due within so many days are left as they are; a supplier may have its own figure."
    )
    substitute_share: Share = Field(
        1.0,
        description="Share of a replaced item's stock, beyond its own demand, that serves those who ask for the item "
        "that replaces it; 0 plans the new one as if nothing of the old one were left.",
    )
    hold_above_days: Days = Field(
        180.0,
        description="A line is held for a second person when stock lasts for more days after it, or when it alone is "
        "more days of sales; packs that are added because they pay, or for a minimum value or a truck, stop there, and "
        "so do those for a price break unless they alone are sold within a week or a review.",
    )


class RouteSettings(_Section):
    """How the day's deliveries are routed."""

    engine: Literal["pyvrp", "ortools"] = Field("pyvrp", description="Routing engine.")
    depots: tuple[str, ...] = Field((), description="Depots to route; empty means all with deliveries.")
    iterations: Count = Field(400, description="Search iterations for each depot.")
    multi_trip: bool = Field(True, description="A vehicle may reload and go out again.")
    circuity: Annotated[float, Field(ge=1.0, le=3.0)] = Field(1.33, description="Road km over great-circle km.")


class TwinSettings(_Section):
    """The closed-loop simulation."""

    replications: Annotated[int, Field(ge=1, le=1000)] = Field(10, description="Independent lives.")
    spin_up_days: Annotated[int, Field(ge=0, le=3650)] = Field(
        400, description="Days lived through before as_of and dropped, so that opening stock no longer matters."
    )
    days: WholeDays | None = Field(None, description="Days after as_of; empty means all actuals.")
    refresh_days: WholeDays = Field(7, description="Days between two forecasts.")
    opening_stock_factor: Annotated[float, Field(ge=0.0, le=1000.0)] = Field(
        1.0, description="Factor on opening stock."
    )
    lead_time_noise: bool = Field(True, description="Draw supplier lead times; no means the mean.")


class Settings(_Section):
    """All settings sections."""

    seed: Seed = Field(1, description="Seed of every random draw.")
    forecast: ForecastSettings = ForecastSettings()
    place: PlaceSettings = PlaceSettings()
    replenish: ReplenishSettings = ReplenishSettings()
    route: RouteSettings = RouteSettings()
    twin: TwinSettings = TwinSettings()

    @model_validator(mode="after")
    def _check_forecast_reaches(self) -> Self:
        horizon, outlook = self.forecast.horizon_days, self.replenish.outlook_days
        if horizon < outlook:
            raise rule_error(
                f"forecast.horizon_days {horizon} is below replenish.outlook_days {outlook} and the forecast must "
                "reach the last day for which lines are planned",
                f"raise forecast.horizon_days to {outlook} or more, or lower replenish.outlook_days",
            )
        return self
