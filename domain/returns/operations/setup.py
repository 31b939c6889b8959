"""Why goods come back, and what is let: reasons with their owners, and versions of the policy."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, insert, select, update

from domain.kernel import text
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.governing import require_open
from domain.kernel.permissions import operation
from domain.kernel.records import require_record
from domain.kernel.upserts import upsert_records
from domain.kernel.work import Work
from domain.returns.events import ReturnPolicyActivated
from domain.returns.models import ReturnPolicy, ReturnReason
from domain.returns.policies.documents import sound_rules
from domain.returns.policy_references import require_known
from tenancy.models import UserAccount

KIND = "return_policy"
FAULTS = ("customer", "seller", "carrier", "unknown")
STATUSES = ("active", "retired")
MOST_WORDS = 50


@operation("returns.manage")
async def set_return_reason(
    work: Work,
    *,
    code: str,
    name: str,
    fault: str = "unknown",
    owner_id: int | None = None,
    told_as: Sequence[str] = (),
    status: str = "active",
) -> int:
    """Make a reason, or change the one of this code; `owner_id` is the user who answers for it,
    `told_as` the words that channels use for it. Gives its id. Raises InvalidInput, NotFound."""
    code = text.code(code)
    if len(told_as) > MOST_WORDS:
        raise InvalidInput(f"At most {MOST_WORDS}.", path=("told_as",))
    fields: dict[str, Any] = {
        "name": text.name(name),
        "fault": text.choice(fault, FAULTS, path=("fault",)),
        "owner_id": owner_id,
        "told_as": [text.name(word, path=("told_as",)) for word in told_as],
        "status": text.choice(status, STATUSES, path=("status",)),
    }
    await require_record(work, UserAccount.__table__, owner_id, kind="user")
    done = await upsert_records(work, ReturnReason, {code: fields})
    work.audit(
        "set_return_reason",
        subject="return_reason",
        subject_id=done.ids[code],
        before=done.before.get(code),
        after=fields,
    )
    return done.ids[code]


@operation("returns.manage")
async def set_return_policy(work: Work, *, name: str, rules: Sequence[Any]) -> int:
    """Put a version of the return policy into effect: its rules, of which the first that holds
    decides. Returns that were asked for before keep theirs. Gives the version's id.

    Raises ChangeRequestRequired where it is governed, InvalidInput, NotFound."""
    await require_open(work, KIND)
    name = text.name(name)
    document = sound_rules(rules)
    await require_known(work, document)
    before = await _retire(work)
    version = await work.value(
        select(func.coalesce(func.max(ReturnPolicy.version), 0) + 1).where(
            ReturnPolicy.tenant_id == work.tenant_id
        )
    )
    policy_id = await work.value(
        insert(ReturnPolicy)
        .values(
            tenant_id=work.tenant_id,
            version=version,
            name=name,
            rules=document,
            created_at=work.now,
            created_by=work.actor.principal.name,
        )
        .returning(ReturnPolicy.id)
    )
    _tell(work, int(policy_id), int(version), before, {"name": name, "rules": document})
    return int(policy_id)


@operation("returns.manage")
async def retire_return_policy(work: Work) -> int:
    """Take the policy out of effect: from then on somebody is asked about every return. Gives the
    version's id. Raises ChangeRequestRequired, NotFound."""
    await require_open(work, KIND)
    before = await _retire(work)
    if before is None:
        raise NotFound("return policy")
    _tell(work, before.id, before.version, before, {"status": "retired"})
    return int(before.id)


async def _retire(work: Work) -> Any:
    row = await work.row(
        select(*ReturnPolicy.__table__.c)
        .where(ReturnPolicy.tenant_id == work.tenant_id, ReturnPolicy.status == "active")
        .with_for_update()
    )
    if row is not None:
        await work.execute(
            update(ReturnPolicy)
            .where(ReturnPolicy.tenant_id == work.tenant_id, ReturnPolicy.id == row.id)
            .values(status="retired", ended_at=work.now)
        )
    return row


def _tell(work: Work, policy_id: int, version: int, before: Any, after: dict[str, Any]) -> None:
    work.record(ReturnPolicyActivated(aggregate_id=policy_id, version=version))
    work.audit(
        "set_return_policy",
        subject="return_policy",
        subject_id=policy_id,
        before=None if before is None else {"name": before.name, "rules": before.rules},
        after=after,
    )
