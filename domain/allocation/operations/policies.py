"""Allocation policies: drafted, activated, and unchangeable from then on."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, insert, select, update

from domain.allocation.events import PolicyActivated
from domain.allocation.models import AllocationPolicy, AllocationPolicyLocation
from domain.allocation.supply import IN_TRANSIT
from domain.channels.models import Channel
from domain.entities.models import Location
from domain.kernel import text
from domain.kernel.errors import InvalidInput, InvalidState, NotFound
from domain.kernel.permissions import operation
from domain.kernel.records import require_record
from domain.kernel.work import Work


@operation("allocation.manage")
async def create_allocation_policy(
    work: Work,
    *,
    code: str,
    name: str,
    location_ids: Sequence[int],
    split_allowed: bool = True,
    channel_id: int | None = None,
) -> int:
    """Draft the next version of a policy, for one channel or for all; returns its id.

    The locations are asked in the order given. Raises InvalidInput, NotFound."""
    code, name = text.code(code), text.name(name)
    await require_record(work, Channel.__table__, channel_id, kind="channel")
    await _require_locations(work, location_ids)
    values = {
        "code": code,
        "name": name,
        "version": await _next_version(work, code),
        "channel_id": channel_id,
        "split_allowed": split_allowed,
    }
    policy_id = await _write_draft(work, values, location_ids)
    after = values | {"location_ids": list(location_ids)}
    work.audit(
        "create_allocation_policy", subject="allocation_policy", subject_id=policy_id, after=after
    )
    return policy_id


async def _next_version(work: Work, code: str) -> int:
    latest = await work.value(
        select(func.max(AllocationPolicy.version)).where(
            AllocationPolicy.tenant_id == work.tenant_id, AllocationPolicy.code == code
        )
    )
    return 1 + int(latest or 0)


async def _write_draft(work: Work, values: dict[str, Any], location_ids: Sequence[int]) -> int:
    moments = {"effective_from": work.now, "created_at": work.now}
    policy_id = int(
        await work.value(
            insert(AllocationPolicy)
            .values(tenant_id=work.tenant_id, **moments, **values)
            .returning(AllocationPolicy.id)
        )
    )
    await work.execute(
        insert(AllocationPolicyLocation),
        [
            {"tenant_id": work.tenant_id, "policy_id": policy_id, "location_id": each, "rank": rank}
            for rank, each in enumerate(location_ids, start=1)
        ],
    )
    return policy_id


@operation("allocation.manage")
async def activate_allocation_policy(work: Work, *, policy_id: int) -> None:
    """Let a draft take effect now; what was active for the same channel is retired.

    Raises NotFound; InvalidState when it is no draft."""
    # All policies of the tenant are locked: two drafts cannot take effect side by side.
    rows = await work.rows(
        select(*AllocationPolicy.__table__.c)
        .where(AllocationPolicy.tenant_id == work.tenant_id)
        .order_by(AllocationPolicy.id)
        .with_for_update()
    )
    policy = next((row for row in rows if row.id == policy_id), None)
    if policy is None:
        raise NotFound("allocation policy")
    if policy.status != "draft":
        message = f"The policy is {policy.status}; draft a new version of it."
        raise InvalidState(message, state=policy.status, allowed=["create_allocation_policy"])
    mine = AllocationPolicy.tenant_id == work.tenant_id
    replaced = [r.id for r in rows if r.status == "active" and r.channel_id == policy.channel_id]
    await work.execute(
        update(AllocationPolicy)
        .where(mine, AllocationPolicy.id.in_(replaced))
        .values(status="retired")
    )
    await work.execute(
        update(AllocationPolicy)
        .where(mine, AllocationPolicy.id == policy_id)
        .values(status="active", effective_from=work.now)
    )
    work.audit(
        "activate_allocation_policy",
        subject="allocation_policy",
        subject_id=policy_id,
        before={"status": "draft", "replaced": replaced},
        after={"status": "active"},
    )
    work.record(PolicyActivated(aggregate_id=policy_id, code=policy.code, version=policy.version))


async def _require_locations(work: Work, location_ids: Sequence[int]) -> None:
    if not location_ids or len(set(location_ids)) != len(location_ids):
        raise InvalidInput("Give at least one location, each once.", path=("location_ids",))
    kinds = await work.values(
        select(Location.kind).where(
            Location.tenant_id == work.tenant_id, Location.id.in_(location_ids)
        )
    )
    if len(kinds) != len(location_ids):
        raise NotFound("location")
    if IN_TRANSIT in kinds:
        message = "Goods in transit cannot be picked; leave that location out."
        raise InvalidInput(message, path=("location_ids",))
