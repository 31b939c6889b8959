"""The tree of parties: who stands above whom."""

from sqlalchemy import func, select

from domain.entities.models import Party
from domain.entities.outcomes import PartyCycle
from domain.entities.policy import makes_cycle
from domain.kernel.reading import Reader
from domain.kernel.work import Work

# Any number of our own: the first key of the advisory lock, the tenant is the second.
_HIERARCHY_LOCK = 7201


async def lock_hierarchy(work: Work) -> None:
    """Let one work at a time move parties of the tenant: A above B and B above A, both at once,
    would each see no cycle. Taken before any row is locked; held until the end of the work."""
    await work.execute(select(func.pg_advisory_xact_lock(_HIERARCHY_LOCK, work.tenant_id)))


async def require_no_cycle(work: Work, *, party_id: int, parent_id: int) -> None:
    """Raise PartyCycle if `party_id` stands above `parent_id`, or is it."""
    parents = await ancestors(work, party_id=parent_id)
    if makes_cycle(parents, party_id=party_id, parent_id=parent_id):
        raise PartyCycle(
            "The party would stand above itself.",
            path=("parent_id",),
            party_id=party_id,
            parent_id=parent_id,
        )


async def ancestors(reader: Reader, *, party_id: int) -> dict[int, int | None]:
    """The parent of `party_id` and of every party above it, in one statement."""
    chain = (
        select(Party.id, Party.parent_id)
        .where(Party.tenant_id == reader.tenant_id, Party.id == party_id)
        .cte(recursive=True)
    )
    # UNION, not UNION ALL: were there ever a cycle, the walk would still end.
    chain = chain.union(
        select(Party.id, Party.parent_id).where(
            Party.tenant_id == reader.tenant_id, Party.id == chain.c.parent_id
        )
    )
    return {row.id: row.parent_id for row in await reader.rows(select(chain))}
