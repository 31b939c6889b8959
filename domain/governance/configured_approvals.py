"""Approval policies as governed configuration. Their key is the subject that they are of."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.approvals.models import ApprovalPolicy
from domain.approvals.policies.documents import sound_rules
from domain.approvals.policy_references import require_references
from domain.approvals.policy_writing import activate, draft_policy, retire
from domain.approvals.subjects import subject_if_declared
from domain.governance.kinds import Content, configurable
from domain.kernel import text
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.work import Work

KIND = "approval_policy"
ACTIVE, RETIRED = "active", "retired"
# All of a policy of which no version is in effect: what it goes back to, or comes back from.
NOTHING: Mapping[str, Any] = {"status": RETIRED, "name": None, "rules": None}


async def sound_policy(work: Work, key: str | None, proposal: Content) -> Content:
    """The rules of the subject, or that it has none any more. Raises InvalidInput, NotFound."""
    if key is None or subject_if_declared(key) is None:
        raise InvalidInput("Nothing of this subject is approved.", path=("subject",))
    if proposal.get("status") == RETIRED:
        return dict(NOTHING)
    if not isinstance(proposal.get("rules"), list):
        raise InvalidInput("Say what the policy says.", path=("rules",))
    document = sound_rules(proposal["rules"])
    await require_references(work, document)
    return {
        "status": ACTIVE,
        "name": text.name(proposal.get("name") or key),
        "rules": document,
    }


async def policy_as_it_is(work: Work, key: str | None, proposal: Content) -> Content:
    """What of the subject's policy is in effect, in the places of the proposal."""
    row = await _active(work, key)
    return {name: NOTHING[name] if row is None else getattr(row, name) for name in proposal}


async def draft_as_proposal(work: Work, *, policy_id: int) -> tuple[str, Content]:
    """The subject of a drafted version and what it says, to be proposed. Raises NotFound."""
    row = await work.row(
        select(ApprovalPolicy.subject, ApprovalPolicy.name, ApprovalPolicy.rules).where(
            ApprovalPolicy.tenant_id == work.tenant_id, ApprovalPolicy.id == policy_id
        )
    )
    if row is None:
        raise NotFound("approval policy")
    return row.subject, {"name": row.name, "rules": row.rules}


@configurable(KIND, title="Approval policy", validate=sound_policy, snapshot=policy_as_it_is)
async def apply_policy(work: Work, key: str | None, proposal: Content) -> str:
    """Put a new version that says this into effect, or retire what is in effect."""
    subject = key or ""
    if proposal["status"] == RETIRED:
        row = await _active(work, subject)
        if row is None:
            raise NotFound("approval policy")
        await retire(work, policy_id=row.id)
        return subject
    policy_id = await draft_policy(
        work, subject=subject, name=proposal["name"], rules=proposal["rules"]
    )
    await activate(work, policy_id=policy_id)
    return subject


async def _active(work: Work, subject: str | None) -> Row[Any] | None:
    return await work.row(
        select(*ApprovalPolicy.__table__.c)
        .where(
            ApprovalPolicy.tenant_id == work.tenant_id,
            ApprovalPolicy.subject == subject,
            ApprovalPolicy.status == ACTIVE,
        )
        .order_by(ApprovalPolicy.effective_from.desc(), ApprovalPolicy.id.desc())
        .limit(1)
        .with_for_update()
    )
