"""What commands, jobs, pages and notebooks call."""

from supplychain.service.calibrate import Calibration, calibrate
from supplychain.service.compare import Comparison, compare, compare_runs
from supplychain.service.data import build_data, calibrate_data, map_data, template_data, write_data
from supplychain.service.diff import diff_plans
from supplychain.service.doctor import Check, check_house
from supplychain.service.explain import ForecastExplanation, LineExplanation, explain_forecast, explain_order
from supplychain.service.export import export_plan, export_tables
from supplychain.service.inputs import load_inputs
from supplychain.service.judge import judge_route_run
from supplychain.service.listing import list_plans, list_runs, open_store, open_stored
from supplychain.service.preview import Preview, StepPreview, preview
from supplychain.service.project import make_project
from supplychain.service.result import RunResult, StepReport
from supplychain.service.run import UNTIL, Listener, Until, open_run, run
from supplychain.service.stored import forecast_tables, plan_tables, route_plan_of, site_plan_of
from supplychain.service.validate import Checked, check_data, check_scenario_and_data, scenario_difference
from supplychain.service.view import scenario_view

__all__ = [
    "UNTIL",
    "Calibration",
    "Check",
    "Checked",
    "Comparison",
    "ForecastExplanation",
    "LineExplanation",
    "Listener",
    "Preview",
    "RunResult",
    "StepPreview",
    "StepReport",
    "Until",
    "build_data",
    "calibrate",
    "calibrate_data",
    "check_data",
    "check_house",
    "check_scenario_and_data",
    "compare",
    "compare_runs",
    "diff_plans",
    "explain_forecast",
    "explain_order",
    "export_plan",
    "export_tables",
    "forecast_tables",
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
    "route_plan_of",
    "run",
    "scenario_difference",
    "scenario_view",
    "site_plan_of",
    "template_data",
    "write_data",
]
