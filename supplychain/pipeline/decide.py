"""The one decision that the nightly run and the closed-loop simulation share."""

from __future__ import annotations

from supplychain.handover.decision import Decision, Lines, Waiting, decide

__all__ = ["Decision", "Lines", "Waiting", "decide"]
