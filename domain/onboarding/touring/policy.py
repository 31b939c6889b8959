"""The steps of a tour, and how they are told. Pure."""

from collections.abc import Sequence
from typing import Any

WAITING, DONE, FAILED = "waiting", "done", "failed"
STEPS: dict[str, str] = {
    "choose": "Choose a channel, an item and a warehouse",
    "receive": "Receive stock at the warehouse",
    "place": "Place an order, priced and allocated",
    "release": "Release it to the warehouse",
    "pick": "Pick it",
    "pack": "Pack it",
    "ship": "Ship it",
    "check": "See that the order has left",
}


def new_steps() -> list[dict[str, Any]]:
    """All steps, waiting."""
    return [{"name": name, "status": WAITING, "detail": None} for name in STEPS]


def next_step(steps: Sequence[dict[str, Any]]) -> str | None:
    """The first step that waits."""
    return next((str(step["name"]) for step in steps if step["status"] == WAITING), None)


def told(
    steps: Sequence[dict[str, Any]], name: str, status: str, detail: str
) -> list[dict[str, Any]]:
    """The steps with what became of one."""
    return [
        {"name": name, "status": status, "detail": detail} if step["name"] == name else step
        for step in steps
    ]
