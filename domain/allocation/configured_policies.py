"""Allocation policies as governed configuration: a change request puts a version into effect, or
takes the policy out of effect. Its key is the policy's code. Drafts decide nothing: they stay free.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.allocation.definition import sound_definition
from domain.allocation.models import AllocationPolicy
from domain.allocation.operations.policies import create_allocation_policy
from domain.allocation.operations.policy_activation import (
    KIND,
    activate_allocation_policy,
    retire_allocation_policy,
)
from domain.allocation.references import require_references
from domain.governance.kinds import Content, configurable
from domain.kernel import text
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.work import Work

ACTIVE, RETIRED = "active", "retired"
# All of a policy of which no version is in effect: what it goes back to, or comes back from.
NOTHING: Mapping[str, Any] = {
    "status": RETIRED,
    "name": None,
    "channel_id": None,
    "entity_id": None,
    "definition": None,
}


async def sound_policy(work: Work, key: str | None, proposal: Content) -> Content:
    """What the policy is to say, or that it goes out of effect. Raises InvalidInput, NotFound."""
    if key is None:
        raise InvalidInput("A policy is known by its code.", path=("code",))
    text.code(key)
    if proposal.get("status") == RETIRED:
        return dict(NOTHING)
    definition = proposal.get("definition")
    if not isinstance(definition, Mapping):
        raise InvalidInput("Say what the policy says.", path=("definition",))
    document = sound_definition(definition)
    await require_references(work, document, path=("definition",))
    return {
        "status": ACTIVE,
        "name": text.name(proposal.get("name") or key),
        "channel_id": proposal.get("channel_id"),
        "entity_id": proposal.get("entity_id"),
        "definition": document,
    }


async def policy_as_it_is(work: Work, key: str | None, proposal: Content) -> Content:
    """What of the policy is in effect, in the places of the proposal."""
    row = await _active(work, key)
    return {name: NOTHING[name] if row is None else getattr(row, name) for name in proposal}


async def draft_as_proposal(work: Work, *, policy_id: int) -> tuple[str, Content]:
    """The code of a drafted version and what it says, to be proposed. Raises NotFound."""
    row = await work.row(
        select(*AllocationPolicy.__table__.c).where(
            AllocationPolicy.tenant_id == work.tenant_id, AllocationPolicy.id == policy_id
        )
    )
    if row is None:
        raise NotFound("allocation policy")
    return row.code, {
        "name": row.name,
        "channel_id": row.channel_id,
        "entity_id": row.entity_id,
        "definition": row.definition,
    }


@configurable(
    KIND,
    title="Allocation policy",
    process="order_to_cash",
    validate=sound_policy,
    snapshot=policy_as_it_is,
)
async def apply_policy(work: Work, key: str | None, proposal: Content) -> str:
    """Put a new version that says this into effect, or retire what is in effect."""
    code = key or ""
    if proposal["status"] == RETIRED:
        row = await _active(work, code)
        if row is None:
            raise NotFound("allocation policy")
        await retire_allocation_policy(work, policy_id=row.id)
        return code
    policy_id = await create_allocation_policy(
        work,
        code=code,
        name=proposal["name"],
        channel_id=proposal["channel_id"],
        entity_id=proposal["entity_id"],
        definition=proposal["definition"],
    )
    await activate_allocation_policy(work, policy_id=policy_id)
    return code


async def _active(work: Work, code: str | None) -> Row[Any] | None:
    return await work.row(
        select(*AllocationPolicy.__table__.c)
        .where(
            AllocationPolicy.tenant_id == work.tenant_id,
            AllocationPolicy.code == code,
            AllocationPolicy.status == ACTIVE,
        )
        .order_by(AllocationPolicy.effective_from.desc(), AllocationPolicy.id.desc())
        .limit(1)
        .with_for_update()
    )
