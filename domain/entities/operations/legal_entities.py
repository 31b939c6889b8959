"""Legal entities are created and changed."""

from typing import Any, Unpack

from sqlalchemy import column, exists, select, table

from domain.entities.events import LegalEntityChanged, LegalEntityCreated
from domain.entities.models import LegalEntity
from domain.entities.outcomes import EntityInUse
from domain.entities.policy import LegalEntityFields, sound_legal_entity
from domain.kernel.permissions import operation
from domain.kernel.quotas import require_room
from domain.kernel.records import change_record, lock_record, make_record
from domain.kernel.work import Work

# The books stand in a higher area, which this one must not import.
_BOOK = table("entity_book", column("tenant_id"), column("entity_id"))
_JOURNAL = table("journal", column("tenant_id"), column("entity_id"))


@operation("entities.manage")
async def create_legal_entity(
    work: Work,
    *,
    code: str,
    name: str,
    country: str,
    currency: str,
    fiscal_year_start_month: int = 1,
) -> int:
    """A new legal entity; returns its id. Raises InvalidInput, CodeTaken, QuotaReached."""
    values = sound_legal_entity(
        {
            "code": code,
            "name": name,
            "country": country,
            "currency": currency,
            "fiscal_year_start_month": fiscal_year_start_month,
        }
    )
    await require_room(work, "legal_entities", LegalEntity, LegalEntity.status == "active")
    entity_id = await make_record(work, LegalEntity, values, kind="legal entity")
    work.record(LegalEntityCreated(aggregate_id=entity_id, code=values["code"]))
    work.audit("create_legal_entity", subject="legal_entity", subject_id=entity_id, after=values)
    return entity_id


@operation("entities.manage")
async def update_legal_entity(
    work: Work,
    *,
    entity_id: int,
    expected_version: int | None = None,
    **fields: Unpack[LegalEntityFields],
) -> None:
    """Change the given fields; the currency only while nothing is posted in it, the start of
    the fiscal year only while no books are open.

    Raises InvalidInput, NotFound, StaleVersion, CodeTaken, EntityInUse."""
    values = sound_legal_entity(fields)
    row = await lock_record(
        work, LegalEntity, entity_id, kind="legal entity", expected_version=expected_version
    )
    if values.get("currency", row.currency) != row.currency:
        await _require_no_journal(work, entity_id)
    if values.get("fiscal_year_start_month", row.fiscal_year_start_month) != (
        row.fiscal_year_start_month
    ):
        await _require_no_books(work, entity_id)
    before = await change_record(work, LegalEntity, row, values, kind="legal entity")
    if before.get("status", "active") != "active":
        await require_room(
            work, "legal_entities", LegalEntity, LegalEntity.status == "active", adding=0
        )
    if before:
        _note_change(work, entity_id, before, values)


async def _require_no_journal(work: Work, entity_id: int) -> None:
    posted = exists().where(
        _JOURNAL.c.tenant_id == work.tenant_id, _JOURNAL.c.entity_id == entity_id
    )
    if await work.value(select(posted)):
        message = "The entity keeps books in its currency; it can no longer be changed."
        raise EntityInUse(message, path=("currency",), field="currency")


async def _require_no_books(work: Work, entity_id: int) -> None:
    opened = exists().where(_BOOK.c.tenant_id == work.tenant_id, _BOOK.c.entity_id == entity_id)
    if await work.value(select(opened)):
        message = "The entity keeps books; change their fiscal calendar instead."
        path = ("fiscal_year_start_month",)
        raise EntityInUse(message, path=path, field="fiscal_year_start_month")


def _note_change(
    work: Work, entity_id: int, before: dict[str, Any], values: dict[str, Any]
) -> None:
    work.record(LegalEntityChanged(aggregate_id=entity_id, changed=tuple(sorted(before))))
    work.audit(
        "update_legal_entity",
        subject="legal_entity",
        subject_id=entity_id,
        before=before,
        after={name: values[name] for name in before},
    )
