#!/usr/bin/env bash
# One nightly run: check, plan, report. Usage: nightly.sh PROJECT SCENARIO [options of `supplychain run`]
set -euo pipefail
project=${1:?project folder}
scenario=${2:?scenario}
shift 2
cd "$project"
supplychain validate "$scenario"
supplychain run "$scenario" --strict --quiet "$@"
