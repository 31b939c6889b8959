"""What the rules of a policy name must be there, and enough people must be able to say yes."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import column, select, table

from domain.approvals.outcomes import StepWithoutApprovers
from domain.approvals.people import people
from domain.approvals.policies.documents import named, rules_of
from domain.approvals.policies.quorum import OpenStep, Person, most_possible
from domain.approvals.policies.rules import Step
from domain.approvals.subjects import subject_named
from domain.entities.models import LegalEntity, Location
from domain.kernel.errors import InvalidInput
from domain.kernel.reading import Reader
from tenancy.models import Role, UserAccount

# Channels stand in a higher area, which this one must not import.
CHANNELS = table("channel", column("tenant_id"), column("id"))
KINDS = {
    "entity_ids": ("legal entity", LegalEntity.__table__),
    "location_ids": ("location", Location.__table__),
    "channel_ids": ("channel", CHANNELS),
    "role_ids": ("role", Role.__table__),
    "user_ids": ("person", UserAccount.__table__),
}


async def require_references(reader: Reader, document: Sequence[Mapping[str, Any]]) -> None:
    """Raise InvalidInput for a rule that names what the tenant does not have. One statement for
    each kind of thing that is named."""
    for name, (kind, found_in) in KINDS.items():
        ids = named(document, name)
        if not ids:
            continue
        there = await reader.values(
            select(found_in.c.id).where(
                found_in.c.tenant_id == reader.tenant_id, found_in.c.id.in_(ids)
            )
        )
        if ids - set(there):
            raise InvalidInput(f"A rule names a {kind} that is not there.", path=("rules",))


async def require_approvers(
    reader: Reader, subject: str, document: Sequence[Mapping[str, Any]]
) -> None:
    """Raise StepWithoutApprovers for a step in which fewer people could say yes than it needs: by
    their roles and permissions as they are now, by escalation or not."""
    permission = subject_named(subject).permission
    known = await people(reader, permissions=[permission], everybody=True)
    could = [each.person(permission) for each in known.values()]
    for rule in rules_of(document):
        for step in rule.steps:
            _require_enough(rule.name, step, could)


def _require_enough(rule: str, step: Step, people: Sequence[Person]) -> None:
    possible = most_possible(
        OpenStep(
            needed=step.needed,
            role_ids=frozenset(step.role_ids),
            user_ids=frozenset(step.user_ids),
            escalation_role_ids=frozenset(step.escalation_role_ids),
            escalation_user_ids=frozenset(step.escalation_user_ids),
        ),
        people,
    )
    if possible < step.needed:
        raise StepWithoutApprovers(
            f"{possible} could say yes in {step.name}; {step.needed} are needed.",
            path=("rules",),
            rule=rule,
            step=step.name,
            needed=step.needed,
            possible=possible,
        )
