"""Turns: of those who do the same at once, where there is no row that they could lock."""

from sqlalchemy import func, select

from domain.kernel.work import Work


async def take_turn(work: Work, what: str) -> None:
    """Wait for whoever of the tenant does `what`, and keep others from it until the work ends.

    What is read afterwards shows what they wrote. Take it before any row is locked."""
    turn = func.pg_advisory_xact_lock(work.tenant_id, func.hashtext(what))
    await work.execute(select(turn))
