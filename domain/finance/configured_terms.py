"""How a party is billed and pays, its tolerances and its limit of credit, as governed
configuration. A proposal stands under the party's id; a limit is `credit_limit`: currency and
limit_minor, null for none."""

from decimal import Decimal
from typing import Any

from sqlalchemy import select

from domain.entities.models import Party
from domain.finance.models import PartyFinance
from domain.finance.operations.settings import KIND, set_credit_limit, set_party_finance
from domain.finance.setting_fields import OF_PARTY, sound_fields
from domain.governance.kinds import Content, configurable
from domain.kernel import iso
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.records import lock_record
from domain.kernel.work import Work
from domain.orders.models import CustomerCredit

LIMIT = "credit_limit"


async def sound_terms(work: Work, key: str | None, proposal: Content) -> Content:
    """The fields as they are stored. Raises InvalidInput, NotFound."""
    party_id_of(key)
    fields = {name: value for name, value in proposal.items() if name != LIMIT}
    sound: Content = {
        name: str(value) if name.endswith("_percent") and value is not None else value
        for name, value in (await sound_fields(work, fields, OF_PARTY)).items()
    }
    if LIMIT in proposal:
        sound[LIMIT] = _sound_limit(proposal[LIMIT])
    return sound


def _sound_limit(limit: Any) -> dict[str, Any] | None:
    if limit is None:
        return None
    if limit["limit_minor"] < 0:
        raise InvalidInput("Must not be negative.", path=(LIMIT,))
    return {"currency": iso.currency(limit["currency"]), "limit_minor": limit["limit_minor"]}


async def terms_as_they_are(work: Work, key: str | None, proposal: Content) -> Content:
    """What stands in the places of the proposal. Raises NotFound."""
    party = await lock_record(work, Party, party_id_of(key), kind="party")
    row = await work.row(
        select(*PartyFinance.__table__.c).where(
            PartyFinance.tenant_id == work.tenant_id, PartyFinance.party_id == party.id
        )
    )
    standing: Content = {
        name: _text(getattr(row, name, None)) for name in proposal if name != LIMIT
    }
    if LIMIT in proposal:
        limit = await work.row(
            select(CustomerCredit.currency, CustomerCredit.limit_minor).where(
                CustomerCredit.tenant_id == work.tenant_id, CustomerCredit.party_id == party.id
            )
        )
        standing[LIMIT] = None if limit is None else dict(limit._mapping)
    return standing


def _text(value: Any) -> Any:
    return value if value is None or isinstance(value, int | str) else str(value)


@configurable(
    KIND,
    title="Terms, tolerances and credit of a party",
    process="order_to_cash",
    validate=sound_terms,
    snapshot=terms_as_they_are,
)
async def apply_terms(work: Work, key: str | None, proposal: Content) -> str:
    """Settle them so."""
    party_id = party_id_of(key)
    fields = {
        name: Decimal(value) if name.endswith("_percent") and value is not None else value
        for name, value in proposal.items()
        if name != LIMIT
    }
    if fields:
        await set_party_finance(work, party_id=party_id, fields=fields)
    if LIMIT in proposal:
        limit = proposal[LIMIT] or {"currency": None, "limit_minor": None}
        await set_credit_limit(work, party_id=party_id, **limit)
    return str(party_id)


def party_id_of(key: str | None) -> int:
    """The party's row id. Raises NotFound."""
    if key is None or not key.isdecimal():
        raise NotFound("party")
    return int(key)
