"""A change of configuration is written down as a draft."""

from datetime import datetime
from typing import Any

from sqlalchemy import insert

from domain.governance.change_rows import sound_change
from domain.governance.events import ChangeDrafted
from domain.governance.kinds import Content, kind_named
from domain.governance.models import ChangeRequest
from domain.governance.policy import DRAFT
from domain.kernel import text
from domain.kernel.errors import InvalidInput
from domain.kernel.work import Work


async def draft(
    work: Work,
    *,
    kind: str,
    key: str | None,
    proposal: Content,
    title: str,
    reason: str,
    effective_from: datetime | None,
    rolls_back_to: int | None = None,
) -> int:
    """A new draft of the caller's, upon what is in effect now; its id. Raises NotFound,
    InvalidInput, NothingChanges, and what the kind refuses."""
    values = sound_fields(work, title=title, reason=reason, effective_from=effective_from)
    sound, base = await sound_change(work, kind_named(kind), key, proposal)
    values |= {
        "kind": kind,
        "object_key": key,
        "rolls_back_to": rolls_back_to,
        "proposal": sound,
        "base": base,
    }
    change_id = await _write(work, values)
    work.record(ChangeDrafted(aggregate_id=change_id, kind=kind, object_key=key))
    audit_change(work, "draft_change", change_id, after=values, reason=values["reason"])
    return change_id


def sound_fields(work: Work, **fields: Any) -> dict[str, Any]:
    """Title, reason and moment, as far as they are given. Raises InvalidInput."""
    values = dict(fields)
    if "title" in values:
        values["title"] = text.name(values["title"], path=("title",))
    if "reason" in values:
        values["reason"] = text.prose(values["reason"], path=("reason",))
        if values["reason"] is None:
            raise InvalidInput("Say why, for who decides.", path=("reason",))
    moment = values.get("effective_from")
    if moment is not None and moment <= work.now:
        raise InvalidInput("Must be in the future.", path=("effective_from",))
    return values


def audit_change(
    work: Work,
    action: str,
    change_id: int,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str | None = None,
) -> None:
    """Note what became of a change request."""
    work.audit(
        action,
        subject="change_request",
        subject_id=change_id,
        before=before,
        after=after,
        reason=reason,
    )


async def _write(work: Work, values: dict[str, Any]) -> int:
    written = (
        insert(ChangeRequest)
        .values(
            tenant_id=work.tenant_id,
            status=DRAFT,
            requester_kind=work.principal.person[0],
            requester_id=work.principal.person[1],
            requested_by=work.principal.name,
            created_at=work.now,
            **values,
        )
        .returning(ChangeRequest.id)
    )
    return int(await work.value(written))
