"""The documents of allocation runs, of the queue and of promises, as somebody of the demo company
sends them."""

from api.ids import global_id, row_id_of
from domain.allocation.runs.operations import plan_requested_run
from tests.factories.document_plays import Play, Scene, Variables, keyed


def _run(scene: Scene) -> Variables:
    waited_for = global_id("Item", scene.history.waited_for[0])
    return keyed(method="PRIORITY", name="Monday", itemIds=[waited_for])


async def planned(scene: Scene) -> str:
    """A run that was planned, as the worker does it."""
    done = await scene.stage.play("planner", "PlanAllocationRun", **_run(scene))
    made = str(done.value["allocationRun"]["id"])
    async with scene.stage.tenant.work() as work:
        await plan_requested_run(work, run_id=row_id_of(made, "AllocationRun"))
    return made


async def two_planned(scene: Scene) -> Variables:
    """Two plans of the same demand."""
    return {"beforeId": await planned(scene), "afterId": await planned(scene), "first": 10}


async def prioritised(scene: Scene) -> None:
    """Backorders queue by rules."""
    await scene.stage.play("planner", "SetBackorderPriority", **_priority(scene))


def _priority(_: Scene) -> Variables:
    return keyed(keys=[{"kind": "CUSTOMER_GROUP", "groups": ["gold"]}, {"kind": "ORDER_AGE"}])


async def ruled(scene: Scene) -> None:
    """A rule of promises for all channels."""
    await scene.stage.play("planner", "SetPromiseRule", **_rule(scene))


def _rule(_: Scene) -> Variables:
    return keyed(pastDueSupplyDays=3, horizonDays=180)


RUNS = {
    "AllocationRuns": Play("planner"),
    "PlanAllocationRun": Play("planner", _run),
    "ApplyAllocationRun": Play("planner", lambda s: keyed(id=s.prepared), planned),
    "CompareAllocationRuns": Play("planner", lambda s: s.prepared, two_planned),
    "CancelAllocationRun": Play("planner", lambda s: keyed(id=s.prepared), planned),
    "BackorderQueue": Play(
        "planner", lambda s: {"itemId": global_id("Item", s.history.waited_for[0])}
    ),
    "BackorderPriority": Play("planner", prepare=prioritised),
    "SetBackorderPriority": Play("planner", _priority),
    "LaneCosts": Play("planner", lambda s: {"locationId": s.location("EWR")}),
    "PromiseRules": Play("planner", prepare=ruled),
    "SetPromiseRule": Play("planner", _rule),
    "ReviewPromises": Play(
        "planner", lambda s: keyed(itemIds=[global_id("Item", s.history.waited_for[0])])
    ),
}
