"""The policies that are in effect."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.engine import Row

from domain.approvals.models import ApprovalPolicy, ApprovalPolicyContent
from domain.approvals.policies.documents import Document, rules_of
from domain.approvals.policies.rules import Rule
from domain.kernel.reading import Reader


@dataclass(frozen=True, slots=True)
class InEffect:
    """What a policy in effect says."""

    policy_id: int
    version: int
    rules: tuple[Rule, ...]


async def policies_in_effect(
    reader: Reader, *, subjects: Collection[str], at: datetime
) -> dict[str, InEffect]:
    """The policy of each subject that has one at that moment. One statement."""
    rows = await _in_effect(reader, subjects, at)
    return {row.subject: InEffect(row.id, row.version, rules_of(row.rules)) for row in rows}


async def documents_in_effect(
    reader: Reader, *, subjects: Collection[str], at: datetime
) -> dict[str, Document]:
    """As policies_in_effect, as the rules are written down."""
    return {row.subject: row.rules for row in await _in_effect(reader, subjects, at)}


async def _in_effect(reader: Reader, subjects: Collection[str], at: datetime) -> Sequence[Row[Any]]:
    policy, content = ApprovalPolicy, ApprovalPolicyContent
    return await reader.rows(
        select(policy.id, policy.subject, policy.version, content.rules)
        .join(
            content,
            (content.tenant_id == policy.tenant_id) & (content.policy_id == policy.id),
        )
        .where(
            policy.tenant_id == reader.tenant_id,
            policy.subject.in_(set(subjects)),
            policy.effective_from <= at,
            or_(policy.effective_to.is_(None), policy.effective_to > at),
        )
    )
