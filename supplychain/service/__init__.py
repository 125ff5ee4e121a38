"""What commands, jobs, pages and notebooks call. Each part is imported when it is first asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from supplychain.service.approving import approve_lines, approved_below_minimum, approved_lines
    from supplychain.service.backtesting import BacktestResult, backtest
    from supplychain.service.calibration import Calibration, calibrate
    from supplychain.service.comparison import Comparison, compare, compare_runs
    from supplychain.service.data import build_data, calibrate_data, map_data, template_data, write_data
    from supplychain.service.diff import diff_plans
    from supplychain.service.doctor import Check, check_house
    from supplychain.service.execution import run
    from supplychain.service.explain import ForecastExplanation, LineExplanation, explain_forecast, explain_order
    from supplychain.service.export import export_plan, export_tables
    from supplychain.service.forecast_components import ForecastComponents, Subject, explain_components
    from supplychain.service.inputs import load_inputs
    from supplychain.service.judge import judge_route_run
    from supplychain.service.listen import UNTIL, Listener, Until
    from supplychain.service.listing import list_plans, list_runs, open_run, open_store, open_stored
    from supplychain.service.overrides import OverrideValue, judge_overrides
    from supplychain.service.previewing import Preview, StepPreview, preview
    from supplychain.service.project import make_project
    from supplychain.service.reporting import report, report_backtest, report_forecast
    from supplychain.service.result import RunResult, StepReport
    from supplychain.service.scorecard_view import service_view, supplier_view
    from supplychain.service.stored import forecast_tables, plan_tables, route_plan_of, site_plan_of
    from supplychain.service.validate import Checked, check_data, check_scenario_and_data, scenario_difference
    from supplychain.service.view import scenario_view

__all__ = [
    "UNTIL",
    "BacktestResult",
    "Calibration",
    "Check",
    "Checked",
    "Comparison",
    "ForecastComponents",
    "ForecastExplanation",
    "LineExplanation",
    "Listener",
    "OverrideValue",
    "Preview",
    "RunResult",
    "StepPreview",
    "StepReport",
    "Subject",
    "Until",
    "approve_lines",
    "approved_below_minimum",
    "approved_lines",
    "backtest",
    "build_data",
    "calibrate",
    "calibrate_data",
    "check_data",
    "check_house",
    "check_scenario_and_data",
    "compare",
    "compare_runs",
    "diff_plans",
    "explain_components",
    "explain_forecast",
    "explain_order",
    "export_plan",
    "export_tables",
    "forecast_tables",
    "judge_overrides",
    "judge_route_run",
    "list_plans",
    "list_runs",
    "load_inputs",
    "make_project",
    "map_data",
    "open_run",
    "open_store",
    "open_stored",
    "plan_tables",
    "preview",
    "report",
    "report_backtest",
    "report_forecast",
    "route_plan_of",
    "run",
    "scenario_difference",
    "scenario_view",
    "service_view",
    "site_plan_of",
    "supplier_view",
    "template_data",
    "write_data",
]

_WHERE = {
    "UNTIL": "listen",
    "BacktestResult": "backtesting",
    "Calibration": "calibration",
    "Check": "doctor",
    "Checked": "validate",
    "Comparison": "comparison",
    "ForecastComponents": "forecast_components",
    "ForecastExplanation": "explain",
    "LineExplanation": "explain",
    "Listener": "listen",
    "OverrideValue": "overrides",
    "Preview": "previewing",
    "RunResult": "result",
    "StepPreview": "previewing",
    "StepReport": "result",
    "Subject": "forecast_components",
    "Until": "listen",
    "approve_lines": "approving",
    "approved_below_minimum": "approving",
    "approved_lines": "approving",
    "backtest": "backtesting",
    "build_data": "data",
    "calibrate": "calibration",
    "calibrate_data": "data",
    "check_data": "validate",
    "check_house": "doctor",
    "check_scenario_and_data": "validate",
    "compare": "comparison",
    "compare_runs": "comparison",
    "diff_plans": "diff",
    "explain_components": "forecast_components",
    "explain_forecast": "explain",
    "explain_order": "explain",
    "export_plan": "export",
    "export_tables": "export",
    "forecast_tables": "stored",
    "judge_route_run": "judge",
    "list_plans": "listing",
    "list_runs": "listing",
    "load_inputs": "inputs",
    "make_project": "project",
    "map_data": "data",
    "open_run": "listing",
    "open_store": "listing",
    "open_stored": "listing",
    "judge_overrides": "overrides",
    "plan_tables": "stored",
    "preview": "previewing",
    "report": "reporting",
    "report_backtest": "reporting",
    "report_forecast": "reporting",
    "route_plan_of": "stored",
    "run": "execution",
    "scenario_difference": "validate",
    "scenario_view": "view",
    "service_view": "scorecard_view",
    "site_plan_of": "stored",
    "supplier_view": "scorecard_view",
    "template_data": "data",
    "write_data": "data",
}


def __getattr__(name: str) -> Any:
    """Import the part that holds ``name``: listing runs must not wait for solvers to load."""
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
