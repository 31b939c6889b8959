"""Trade agreements as governed configuration: a change request makes a new version, or ends the
last one. What an agreement is of stands in its key: `supplier/buyer`."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from domain.governance.kinds import Content, configurable
from domain.intercompany.agreements import fixed_prices
from domain.intercompany.models import TradeAgreement
from domain.intercompany.operations.agreements import agree_trade, end_trade_agreement
from domain.intercompany.policies.agreeing import (
    STANDARD,
    TRADE_AGREEMENT,
    sound_agreement,
    sound_prices,
)
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.work import Work

PRICES, FROM, TO = "prices", "effective_from", "ends_on"
PAIR = ("supplier_id", "buyer_id")
_PERCENTS = ("percent", "fallback_percent", "tax_percent")


async def sound_proposal(work: Work, key: str | None, proposal: Content) -> Content:
    """The proposal as it is stored. Raises InvalidInput, NotFound."""
    if key is None and any(proposal.get(name) is None for name in PAIR):
        raise InvalidInput("Say between which entities.", path=("supplier_id",))
    if key is not None:
        pair_of(key)
    if proposal.get(TO) is not None:
        if key is None:
            raise InvalidInput("There is none yet that could end.", path=(TO,))
        return {TO: _day(proposal[TO])}
    sound: Content = {name: proposal[name] for name in PAIR if key is None}
    sound |= sound_agreement(_terms(proposal))  # type: ignore[arg-type]
    sound[PRICES] = {str(item): price for item, price in sound_prices(_prices(proposal)).items()}
    if proposal.get(FROM) is not None:
        sound[FROM] = _day(proposal[FROM])
    return sound


async def agreement_as_it_is(work: Work, key: str | None, proposal: Content) -> Content:
    """What the last version says in the places of the proposal. Raises NotFound."""
    if key is None:
        return {}
    row = await _last(work, *pair_of(key))
    content: Content = {
        name: getattr(row, name) for name in proposal if name in (*STANDARD, "currency", FROM)
    }
    if TO in proposal:
        content[TO] = row.effective_to
    if PRICES in proposal:
        items = [int(item) for item in proposal[PRICES]]
        known = await fixed_prices(work, [row.id], items)
        content[PRICES] = {str(item): known.get((row.id, item)) for item in items}
    return content


@configurable(
    TRADE_AGREEMENT,
    title="Trade agreement",
    process="close",
    validate=sound_proposal,
    snapshot=agreement_as_it_is,
    keyed=(PRICES,),
)
async def apply_agreement(work: Work, key: str | None, proposal: Content) -> str:
    """Make a new version, or end the last one."""
    pair = (proposal["supplier_id"], proposal["buyer_id"]) if key is None else pair_of(key)
    if proposal.get(TO) is not None:
        row = await _last(work, *pair)
        await end_trade_agreement(work, agreement_id=row.id, ends_on=_typed_day(proposal[TO]))
        return key_of(*pair)
    starts_on = proposal.get(FROM)
    terms: Any = _terms(proposal)
    await agree_trade(
        work,
        supplier_id=pair[0],
        buyer_id=pair[1],
        effective_from=None if starts_on is None else _typed_day(starts_on),
        prices={n: price for n, price in _prices(proposal).items() if price is not None},
        **terms,
    )
    return key_of(*pair)


def key_of(supplier_id: int, buyer_id: int) -> str:
    """What the agreement between two entities is called."""
    return f"{supplier_id}/{buyer_id}"


def pair_of(key: str) -> tuple[int, int]:
    """Supplier and buyer. Raises NotFound."""
    supplier, _, buyer = key.partition("/")
    if not supplier.isdecimal() or not buyer.isdecimal():
        raise NotFound("trade agreement")
    return int(supplier), int(buyer)


def _terms(proposal: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: Decimal(value) if name in _PERCENTS else value
        for name, value in proposal.items()
        if name in STANDARD or name == "currency"
    }


def _prices(proposal: Mapping[str, Any]) -> dict[int, Decimal | None]:
    return {
        int(item): None if price is None else Decimal(price)
        for item, price in (proposal.get(PRICES) or {}).items()
    }


def _day(value: Any) -> str:
    return _typed_day(value).isoformat()


def _typed_day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(value)


async def _last(work: Work, supplier_id: int, buyer_id: int) -> Any:
    row = await work.row(
        select(*TradeAgreement.__table__.c)
        .where(
            TradeAgreement.tenant_id == work.tenant_id,
            TradeAgreement.supplier_id == supplier_id,
            TradeAgreement.buyer_id == buyer_id,
        )
        .order_by(TradeAgreement.version.desc())
        .limit(1)
        .with_for_update()
    )
    if row is None:
        raise NotFound("trade agreement")
    return row
