"""Handlers for tests: each effect is a row."""

from domain.kernel.work import Work
from workers.registry import Delivered, Handlers


def counting_handlers() -> Handlers:
    """Handlers that leave one audit entry for each thing that happened, and fail on broken ones."""
    handlers = Handlers()

    @handlers.on("test.thing_happened")
    async def count(work: Work, event: Delivered) -> None:
        work.audit(
            "handled",
            subject="thing",
            subject_id=event.aggregate_id,
            after={"step": event.payload["step"]},
        )

    @handlers.on("test.thing_broke")
    async def fail(work: Work, event: Delivered) -> None:
        work.audit("handled", subject="thing", subject_id=event.aggregate_id, after={"step": -1})
        raise ValueError("it is broken")

    return handlers
