"""By which keys backorders queue is set for the tenant."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from domain.allocation.events import BackorderPrioritySet
from domain.allocation.models import BackorderPriority
from domain.allocation.priority import Rule, checked, written
from domain.channels.models import Channel
from domain.kernel.errors import NotFound
from domain.kernel.permissions import operation
from domain.kernel.work import Work


@operation("allocation.manage")
async def set_backorder_priority(work: Work, *, keys: Rule) -> None:
    """From now on waiting lines queue by these keys, the first first, and then by their age.

    Stock that comes in is given in this order, and runs plan in it. Raises InvalidInput with the
    path to a key, NotFound for a channel."""
    rule = checked(keys, path=("keys",))
    channels = {each for key in rule for each in key.channel_ids}
    known = await work.values(
        select(Channel.id).where(Channel.tenant_id == work.tenant_id, Channel.id.in_(channels))
    )
    if set(known) != channels:
        raise NotFound("channel")
    document = written(rule)
    row = {
        "keys": document,
        "changed_at": work.now,
        "changed_by": work.actor.principal.name,
    }
    kept = await work.value(
        insert(BackorderPriority)
        .values(tenant_id=work.tenant_id, **row)
        .on_conflict_do_update(
            index_elements=["tenant_id"], set_=row | {"version": BackorderPriority.version + 1}
        )
        .returning(BackorderPriority.id)
    )
    work.audit(
        "set_backorder_priority",
        subject="backorder_priority",
        subject_id=int(kept),
        after={"keys": document},
    )
    kinds = tuple(key.kind for key in rule)
    work.record(BackorderPrioritySet(aggregate_id=int(kept), keys=kinds))
