"""How customers and suppliers are billed and pay, and up to what customers may owe."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from domain.entities.models import LegalEntity, Party
from domain.finance.models import EntityFinance, PartyFinance, PaymentTerm
from domain.finance.setting_fields import OF_ENTITY, OF_PARTY, sound_fields
from domain.kernel import iso, text
from domain.kernel.errors import InvalidInput
from domain.kernel.governing import require_open
from domain.kernel.permissions import operation
from domain.kernel.records import change_record, lock_record, make_record, require_record
from domain.kernel.work import Work
from domain.orders.models import CustomerCredit

KIND = "party_finance"


@operation("finance.manage")
async def create_payment_term(
    work: Work, *, code: str, name: str, days: int, end_of_month: bool = False
) -> int:
    """Say when invoices are to be paid; the term's id. Raises InvalidInput, CodeTaken."""
    values = {
        "code": text.code(code),
        "name": text.name(name),
        "days": _days(days),
        "end_of_month": end_of_month,
    }
    term_id = await make_record(work, PaymentTerm, values, kind="payment term")
    work.audit(
        "create_payment_term", subject="payment_term", subject_id=term_id, after=dict(values)
    )
    return term_id


@operation("finance.manage")
async def update_payment_term(
    work: Work,
    *,
    payment_term_id: int,
    name: str | None = None,
    days: int | None = None,
    end_of_month: bool | None = None,
    expected_version: int | None = None,
) -> int:
    """Change a term, for invoices from now on; its id. Raises NotFound, StaleVersion,
    InvalidInput."""
    row = await lock_record(
        work,
        PaymentTerm,
        payment_term_id,
        kind="payment term",
        expected_version=expected_version,
    )
    values: dict[str, Any] = {}
    if name is not None:
        values["name"] = text.name(name)
    if days is not None:
        values["days"] = _days(days)
    if end_of_month is not None:
        values["end_of_month"] = end_of_month
    before = await change_record(work, PaymentTerm, row, values, kind="payment term")
    work.audit(
        "update_payment_term",
        subject="payment_term",
        subject_id=payment_term_id,
        before=before,
        after={name: values[name] for name in before},
    )
    return payment_term_id


def _days(days: int) -> int:
    if not 0 <= days <= 365:
        raise InvalidInput("Must be between 0 and 365.", path=("days",))
    return days


@operation("finance.manage")
async def set_party_finance(work: Work, *, party_id: int, fields: Mapping[str, Any]) -> int:
    """Say how a party is billed and pays (OF_PARTY); null leaves it to its parent or the entity,
    what is not named stays. The party's id. Raises NotFound, InvalidInput,
    ChangeRequestRequired."""
    await require_open(work, KIND)
    await require_record(work, Party.__table__, party_id, kind="party")
    values = await sound_fields(work, fields, OF_PARTY)
    await _upsert(work, PartyFinance, {"party_id": party_id}, values)
    work.audit("set_party_finance", subject="party", subject_id=party_id, after=_plain(values))
    return party_id


@operation("finance.manage")
async def set_entity_finance(work: Work, *, entity_id: int, fields: Mapping[str, Any]) -> int:
    """Say what an entity does where a party has no terms of its own (OF_ENTITY); what is not named
    stays. The entity's id. Raises NotFound, InvalidInput."""
    await require_record(work, LegalEntity.__table__, entity_id, kind="legal entity")
    text.refuse_nulls(fields, nullable=("customer_term_id", "supplier_term_id"))
    values = await sound_fields(work, fields, OF_ENTITY)
    await _upsert(work, EntityFinance, {"entity_id": entity_id}, values)
    work.audit(
        "set_entity_finance", subject="legal_entity", subject_id=entity_id, after=_plain(values)
    )
    return entity_id


@operation("finance.manage")
async def set_credit_limit(
    work: Work, *, party_id: int, currency: str | None = None, limit_minor: int | None = None
) -> int:
    """Say up to what a customer, with all below it, may owe; None: no limit of its own. Orders
    that were held stay so. The party's id. Raises NotFound, InvalidInput,
    ChangeRequestRequired."""
    await require_open(work, KIND)
    await require_record(work, Party.__table__, party_id, kind="party")
    if limit_minor is None:
        await work.execute(
            delete(CustomerCredit).where(
                CustomerCredit.tenant_id == work.tenant_id, CustomerCredit.party_id == party_id
            )
        )
    else:
        if limit_minor < 0 or currency is None:
            raise InvalidInput("Give an amount that is not negative.", path=("limit",))
        values = {"currency": iso.currency(currency), "limit_minor": limit_minor}
        await _upsert(work, CustomerCredit, {"party_id": party_id}, values)
    work.audit(
        "set_credit_limit",
        subject="party",
        subject_id=party_id,
        after={"currency": currency, "limit_minor": limit_minor},
    )
    return party_id


async def _upsert(
    work: Work, table: Any, key: Mapping[str, int], values: Mapping[str, Any]
) -> None:
    [column] = key
    own = {"tenant_id": work.tenant_id, "created_at": work.now}
    statement = insert(table).values(**own, **key, **values)
    await work.execute(
        statement.on_conflict_do_update(
            index_elements=["tenant_id", column],
            set_={**values, "version": table.version + 1},
        )
    )


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {n: f"{v:f}" if isinstance(v, Decimal) else v for n, v in values.items()}
