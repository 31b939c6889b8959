"""Allocation policies: drafted, changed while drafts, activated, and unchangeable from then on."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.engine import Row

from domain.allocation.decoding import references
from domain.allocation.definition import Document, simple_definition, sound_definition
from domain.allocation.models import AllocationPolicy, AllocationPolicyLocation
from domain.allocation.policy_locking import lock_policies
from domain.allocation.references import require_references
from domain.channels.models import Channel
from domain.entities.models import LegalEntity
from domain.kernel import text
from domain.kernel.errors import InvalidInput, InvalidState
from domain.kernel.permissions import operation
from domain.kernel.records import require_record
from domain.kernel.work import Work


@operation("allocation.manage")
async def create_allocation_policy(
    work: Work,
    *,
    code: str,
    name: str,
    location_ids: Sequence[int] | None = None,
    split_allowed: bool = True,
    channel_id: int | None = None,
    entity_id: int | None = None,
    definition: Mapping[str, Any] | None = None,
) -> int:
    """Draft the next version of a policy: for a channel, for an entity, or as the tenant's
    standard; returns its id.

    It says either what `definition` says, or that `location_ids` are asked in the order given.
    Raises InvalidInput with the path to what is wrong, NotFound."""
    code, name = text.code(code), text.name(name)
    if channel_id is not None and entity_id is not None:
        message = "A variant is for a channel or for an entity."
        raise InvalidInput(message, path=("entity_id",))
    await require_record(work, Channel.__table__, channel_id, kind="channel")
    await require_record(work, LegalEntity.__table__, entity_id, kind="legal entity")
    document = await _document(work, definition, location_ids, split_allowed)
    values = {
        "code": code,
        "name": name,
        "version": await _next_version(work, code),
        "channel_id": channel_id,
        "entity_id": entity_id,
        "split_allowed": _may_split(document),
        "definition": document,
    }
    policy_id = int(
        await work.value(
            insert(AllocationPolicy)
            .values(
                tenant_id=work.tenant_id, effective_from=work.now, created_at=work.now, **values
            )
            .returning(AllocationPolicy.id)
        )
    )
    await _write_locations(work, policy_id, document)
    work.audit(
        "create_allocation_policy",
        subject="allocation_policy",
        subject_id=policy_id,
        after=values,
    )
    return policy_id


@operation("allocation.manage")
async def update_allocation_policy(
    work: Work,
    *,
    policy_id: int,
    name: str | None = None,
    definition: Mapping[str, Any] | None = None,
) -> None:
    """Change what a draft says. Raises NotFound, InvalidInput; InvalidState when it is no draft."""
    policy = await _lock_draft(work, policy_id)
    values: dict[str, Any] = {}
    if name is not None:
        values["name"] = text.name(name)
    if definition is not None:
        document = await _document(work, definition, None, True)
        values |= {"definition": document, "split_allowed": _may_split(document)}
    changed = {key: value for key, value in values.items() if getattr(policy, key) != value}
    if not changed:
        return
    await work.execute(
        update(AllocationPolicy)
        .where(AllocationPolicy.tenant_id == work.tenant_id, AllocationPolicy.id == policy_id)
        .values(**changed)
    )
    if "definition" in changed:
        await work.execute(
            delete(AllocationPolicyLocation).where(
                AllocationPolicyLocation.tenant_id == work.tenant_id,
                AllocationPolicyLocation.policy_id == policy_id,
            )
        )
        await _write_locations(work, policy_id, changed["definition"])
    work.audit(
        "update_allocation_policy",
        subject="allocation_policy",
        subject_id=policy_id,
        before={key: getattr(policy, key) for key in changed},
        after=changed,
    )


async def _lock_draft(work: Work, policy_id: int) -> Row[Any]:
    policy, _ = await lock_policies(work, policy_id)
    if policy.status != "draft":
        message = f"The policy is {policy.status}; draft a new version of it."
        raise InvalidState(message, state=policy.status, allowed=["create_allocation_policy"])
    return policy


async def _document(
    work: Work,
    definition: Mapping[str, Any] | None,
    location_ids: Sequence[int] | None,
    split_allowed: bool,
) -> Document:
    if (definition is None) == (location_ids is None):
        message = "Give either a definition or the locations in their order."
        raise InvalidInput(message, path=("definition",))
    if definition is not None:
        document = _sound(definition)
        await require_references(work, document, path=("definition",))
        return document
    if not location_ids or len(set(location_ids)) != len(location_ids):
        raise InvalidInput("Give at least one location, each once.", path=("location_ids",))
    document = simple_definition(location_ids, split_allowed=split_allowed)
    await require_references(work, document)
    return document


def _sound(definition: Mapping[str, Any]) -> Document:
    try:
        return sound_definition(definition)
    except InvalidInput as error:
        raise InvalidInput(error.message, path=("definition", *error.path)) from None


def _may_split(document: Document) -> bool:
    return not any(
        each["kind"] == "max_splits" and not each["soft"] and each["amount"] == 0
        for each in document["constraints"]
    )


async def _next_version(work: Work, code: str) -> int:
    latest = await work.value(
        select(func.max(AllocationPolicy.version)).where(
            AllocationPolicy.tenant_id == work.tenant_id, AllocationPolicy.code == code
        )
    )
    return 1 + int(latest or 0)


async def _write_locations(work: Work, policy_id: int, document: Document) -> None:
    """Which locations the policy names, so that the database knows that they are in use."""
    named = references({"strategies": document["strategies"], "of": document["location_groups"]})
    await work.execute(
        insert(AllocationPolicyLocation),
        [
            {"tenant_id": work.tenant_id, "policy_id": policy_id, "location_id": each, "rank": rank}
            for rank, each in enumerate(named.locations, start=1)
        ],
    )
