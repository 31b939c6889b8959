"""Which policies are in effect, decoded once in a process."""

from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from domain.allocation.decoding import decode
from domain.allocation.definition import Document, simple_definition
from domain.allocation.models import (
    AllocationPolicy,
    AllocationPolicyContent,
    AllocationPolicyLocation,
)
from domain.allocation.strategy import Policy
from domain.kernel.reading import Reader

# Contents are kept under the hash of what they say, so none is ever out of date, whatever
# database or tenant it was read from.
LARGEST_CACHE = 2048
_decoded: OrderedDict[str, "Content"] = OrderedDict()


@dataclass(frozen=True, slots=True)
class Content:
    """What a policy says, ready to decide by, and which local variants it lets be."""

    policy: Policy
    variants_allowed: frozenset[str]


@dataclass(frozen=True, slots=True)
class PolicyInEffect:
    """A version of a policy that is in effect, and for whom."""

    id: int
    channel_id: int | None
    entity_id: int | None
    content_hash: str | None


def decoded(definition: Document) -> Content:
    """A sound document's content."""
    return Content(decode(definition), frozenset(definition["variants_allowed"]))


def remember(hashed: str, definition: Document) -> None:
    """Decode a document ahead of the first order: it is true whatever becomes of the work."""
    _decoded[hashed] = decoded(definition)


async def contents(reader: Reader, policies: Sequence[PolicyInEffect]) -> dict[int, Content]:
    """The content of each policy, by policy id. Only what this process never saw is read."""
    missing = {
        p.content_hash for p in policies if p.content_hash and p.content_hash not in _decoded
    }
    if missing:
        await _load(reader, missing)
    bare = [each.id for each in policies if each.content_hash is None]
    found = await _ranked_only(reader, bare) if bare else {}
    for each in policies:
        if each.content_hash is not None:
            _decoded.move_to_end(each.content_hash)
            found[each.id] = _decoded[each.content_hash]
    while len(_decoded) > LARGEST_CACHE:
        _decoded.popitem(last=False)
    return found


def most_specific(
    policies: Sequence[PolicyInEffect],
    known: dict[int, Content],
    *,
    channel_id: int,
    entity_id: int | None,
) -> PolicyInEffect | None:
    """The policy of a channel's orders: its own, else the entity's, else the tenant's standard.

    Variants count only where the standard lets them be. Of several the last one in effect."""
    standard = next((p for p in policies if p.channel_id is None and p.entity_id is None), None)
    allowed = None if standard is None else known[standard.id].variants_allowed
    of_channel = (p for p in policies if p.channel_id == channel_id)
    of_entity = (p for p in policies if p.entity_id is not None and p.entity_id == entity_id)
    for kind, found in (("channel", of_channel), ("entity", of_entity)):
        if (policy := next(found, None)) is not None and (allowed is None or kind in allowed):
            return policy
    return standard


async def _load(reader: Reader, hashes: Collection[str]) -> None:
    rows = await reader.rows(
        select(AllocationPolicyContent.content_hash, AllocationPolicyContent.definition).where(
            AllocationPolicyContent.tenant_id == reader.tenant_id,
            AllocationPolicyContent.content_hash.in_(hashes),
        )
    )
    for row in rows:
        _decoded[row.content_hash] = decoded(row.definition)


async def _ranked_only(reader: Reader, policy_ids: Collection[int]) -> dict[int, Content]:
    """Policies from before there were documents: locations by rank, split or not."""
    rows = await reader.rows(
        select(
            AllocationPolicy.id,
            AllocationPolicy.split_allowed,
            AllocationPolicyLocation.location_id,
        )
        .join(
            AllocationPolicyLocation,
            (AllocationPolicyLocation.tenant_id == AllocationPolicy.tenant_id)
            & (AllocationPolicyLocation.policy_id == AllocationPolicy.id),
        )
        .where(AllocationPolicy.tenant_id == reader.tenant_id, AllocationPolicy.id.in_(policy_ids))
        .order_by(AllocationPolicyLocation.rank)
    )
    ranked: dict[int, list[int]] = {row.id: [] for row in rows}
    for row in rows:
        ranked[row.id].append(row.location_id)
    splits = {row.id: row.split_allowed for row in rows}
    return {
        policy_id: decoded(simple_definition(places, split_allowed=splits[policy_id]))
        for policy_id, places in ranked.items()
    }
