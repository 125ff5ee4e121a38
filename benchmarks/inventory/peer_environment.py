"""Peers that must not live in our environment: stockpyl imports sphinx at every start of Python (by a .pth file)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

__all__ = ["FOLDER_VARIABLE", "ask_peer", "peer_python"]

ROOT = Path(__file__).resolve().parents[2]
FOLDER_VARIABLE = "SUPPLYCHAIN_PEERS"
"""Names the folder of the environment; without it ``.benchmarks/peers`` of the checkout, which git ignores."""
REQUIREMENTS = ("stockpyl==1.0.2", "linopy>=0.5", "highspy>=1.11,<1.15,!=1.14.0")
SCRIPTS = {name: Path(__file__).with_name(f"{name}_peer.py") for name in ("stockpyl", "stockpyl_gsm", "linopy")}


def peer_python() -> Path:
    """The Python of the environment, made and filled by pip from the configured index when it is not there.

    Raises subprocess.CalledProcessError when pip cannot install the peers.
    """
    folder = Path(os.environ.get(FOLDER_VARIABLE) or ROOT / ".benchmarks" / "peers")
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    done = folder / "installed.json"
    if not done.is_file() or json.loads(done.read_text(encoding="utf-8")) != list(REQUIREMENTS):
        print(f"installing {', '.join(REQUIREMENTS)} into {folder} ...", file=sys.stderr, flush=True)
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "-qq", *REQUIREMENTS], check=True, stdout=sys.stderr)
        done.write_text(json.dumps(REQUIREMENTS), encoding="utf-8")
    return python


def ask_peer(name: str, question: dict[str, Any]) -> dict[str, Any]:
    """Answer of the peer's script, which reads and writes JSON and runs in one thread of its own environment.

    Raises subprocess.CalledProcessError when the script fails; its own message is on stderr.
    """
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
    environment.pop("PYTHONPATH", None)
    done = subprocess.run(
        [peer_python(), SCRIPTS[name]], input=json.dumps(question), env=environment, check=True, text=True,
        stdout=subprocess.PIPE,
    )  # fmt: skip
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer
