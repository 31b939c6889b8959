"""Where an entity's legs go is drafted, tried out and put into effect."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import delete, update

from domain.kernel import text
from domain.kernel.errors import InvalidState
from domain.kernel.governing import require_open
from domain.kernel.permissions import operation
from domain.kernel.work import Work
from domain.ledger.books import opened_book
from domain.ledger.models import PostingRuleVersion
from domain.ledger.rule_writing import (
    ACTIVE,
    DRAFT,
    KIND,
    WITHDRAWN,
    locked_version,
    put_into_effect,
    rules_of_version,
    sound_rules,
    write_draft,
)


@operation("ledger.manage")
async def draft_posting_rules(
    work: Work,
    *,
    entity_id: int,
    rules: Sequence[Mapping[str, Any]],
    note: str | None = None,
) -> int:
    """Draft all of an entity's own rules as its next version; the version's id.

    A rule has `milestone`, `leg`, `account_id`, any of the conditions `channel_id`,
    `location_id`, `item_group`, `party_group`, `country` and `currency`, and the `project` that
    its leg is put under. Raises InvalidInput, NotFound."""
    note = text.prose(note, path=("note",))
    await opened_book(work, entity_id)
    sound = await sound_rules(work, entity_id, rules)
    version_id = await write_draft(work, entity_id, sound, note=note)
    _note(work, "draft_posting_rules", version_id, {"rules": sound})
    return version_id


@operation("ledger.manage")
async def activate_posting_rules(work: Work, *, version_id: int, effective_from: date) -> None:
    """Put a draft into effect from a day on, today or later; what is posted stays. Raises
    NotFound, InvalidState, InvalidInput, ChangeRequestRequired."""
    await require_open(work, KIND)
    await put_into_effect(work, version_id, effective_from)


@operation("ledger.manage")
async def copy_posting_rules(work: Work, *, version_id: int, note: str | None = None) -> int:
    """Draft what an earlier version said, to change it or to go back to it; the new version's id.
    Raises NotFound, and InvalidInput when its accounts are closed by now."""
    before = await locked_version(work, version_id)
    rules = await sound_rules(work, before.entity_id, await rules_of_version(work, version_id))
    copy_id = await write_draft(
        work, before.entity_id, rules, note=text.prose(note, path=("note",))
    )
    _note(work, "copy_posting_rules", copy_id, {"of": version_id, "rules": rules})
    return copy_id


@operation("ledger.manage")
async def withdraw_posting_rules(work: Work, *, version_id: int) -> None:
    """Throw a draft away, or call off a version that is not in effect yet. Raises NotFound,
    InvalidState, ChangeRequestRequired."""
    version = await locked_version(work, version_id)
    row = (
        PostingRuleVersion.tenant_id == work.tenant_id,
        PostingRuleVersion.id == version_id,
    )
    if version.status == DRAFT:
        await work.execute(delete(PostingRuleVersion).where(*row))
    elif version.status == ACTIVE and version.effective_from > work.now.date():
        await require_open(work, KIND)
        changed = {"status": WITHDRAWN, "version": PostingRuleVersion.version + 1}
        await work.execute(update(PostingRuleVersion).where(*row).values(**changed))
    else:
        message = "It is in effect; draft another version instead."
        raise InvalidState(message, state=version.status, allowed=[])
    _note(work, "withdraw_posting_rules", version_id, {"was": version.status})


def _note(work: Work, action: str, version_id: int, after: dict[str, Any]) -> None:
    work.audit(action, subject="posting_rule_version", subject_id=version_id, after=after)
