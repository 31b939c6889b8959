"""The documents of allocation runs and of the queue, as somebody of the demo company sends them."""

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


RUNS = {
    "AllocationRuns": Play("planner"),
    "PlanAllocationRun": Play("planner", _run),
    "ApplyAllocationRun": Play("planner", lambda s: keyed(id=s.prepared), planned),
    "BackorderQueue": Play(
        "planner", lambda s: {"itemId": global_id("Item", s.history.waited_for[0])}
    ),
}
