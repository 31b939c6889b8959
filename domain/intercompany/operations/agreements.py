"""Two entities agree on how they trade; every change is a new version from a day on."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Unpack

from sqlalchemy import select, update
from sqlalchemy.engine import Row

from domain.catalog.models import Item
from domain.entities.models import LegalEntity
from domain.intercompany.events import AgreementEnded, TradeAgreed
from domain.intercompany.models import TradeAgreement, TradeAgreementPrice
from domain.intercompany.policies.agreeing import (
    TRADE_AGREEMENT,
    AgreementFields,
    day_before,
    require_following,
    sound_agreement,
    sound_prices,
)
from domain.kernel.errors import InvalidInput, InvalidState, NotFound
from domain.kernel.governing import require_open
from domain.kernel.inserting import insert_ids, insert_rows
from domain.kernel.permissions import operation
from domain.kernel.work import Work
from domain.ledger.models import Account
from domain.pricing.models import PriceList

_MOST_PRICES = 1000
ACCOUNT_KINDS = {"revenue_account_id": "income", "cost_account_id": "expense"}


@operation("intercompany.manage")
async def agree_trade(
    work: Work,
    *,
    supplier_id: int,
    buyer_id: int,
    effective_from: date | None = None,
    prices: Mapping[int, Decimal] | None = None,
    **terms: Unpack[AgreementFields],
) -> int:
    """How the supplier sells to the buyer from a day on (today in UTC, if absent); gives the
    version's id. A version that stands until then ends the day before it.

    `prices` are major units of the agreement's currency for one base unit, by item. What is
    allocated already keeps its version. Raises InvalidInput, NotFound, ChangeRequestRequired."""
    await require_open(work, TRADE_AGREEMENT)
    if supplier_id == buyer_id:
        raise InvalidInput("Must be another entity.", path=("buyer_id",))
    sound = sound_agreement(terms)
    fixed = sound_prices(prices or {})
    await _lock_entities(work, supplier_id, buyer_id)
    await _require_known(work, sound, fixed)
    await _require_accounts(work, supplier_id, sound)
    starts_on = effective_from or work.now.date()
    last = await _last(work, supplier_id, buyer_id)
    last_from = None if last is None else last.effective_from
    require_following(starts_on, today=work.now.date(), last_from=last_from)
    if last is not None:
        await _end(work, last, day_before(starts_on))
    version = 1 if last is None else last.version + 1
    row = {
        **sound,
        "supplier_id": supplier_id,
        "buyer_id": buyer_id,
        "version": version,
        "effective_from": starts_on,
        "created_at": work.now,
    }
    return await _write(work, row, fixed)


async def _write(work: Work, row: Mapping[str, Any], fixed: Mapping[int, Decimal | None]) -> int:
    (agreement_id,) = await insert_ids(work, TradeAgreement, [row])
    await insert_rows(
        work,
        TradeAgreementPrice,
        [
            {"agreement_id": agreement_id, "item_id": item_id, "unit_price": price}
            for item_id, price in fixed.items()
            if price is not None
        ],
    )
    between = {name: row[name] for name in ("supplier_id", "buyer_id", "version")}
    work.record(TradeAgreed(aggregate_id=agreement_id, **between))
    told = {name: value for name, value in row.items() if name != "created_at"}
    told["prices"] = {str(item_id): price for item_id, price in fixed.items()}
    work.audit("agree_trade", subject="trade_agreement", subject_id=agreement_id, after=told)
    return agreement_id


@operation("intercompany.manage")
async def end_trade_agreement(work: Work, *, agreement_id: int, ends_on: date) -> None:
    """The last version between two entities holds until this day, and none follows it. What was
    allocated before is still traded under it.

    Raises NotFound, InvalidInput, InvalidState when a later version stands,
    ChangeRequestRequired."""
    await require_open(work, TRADE_AGREEMENT)
    row = await _agreement(work, agreement_id)
    await _lock_entities(work, row.supplier_id, row.buyer_id)
    last = await _last(work, row.supplier_id, row.buyer_id)
    if last is None or last.id != agreement_id:
        message = "A later version stands; end that one."
        raise InvalidState(message, state="replaced", allowed=[])
    if ends_on < max(work.now.date(), day_before(row.effective_from)):
        raise InvalidInput("Must not be past.", path=("ends_on",))
    await _end(work, last, ends_on, shortens=False)
    work.record(AgreementEnded(aggregate_id=agreement_id, ends_on=ends_on.isoformat()))
    work.audit(
        "end_trade_agreement",
        subject="trade_agreement",
        subject_id=agreement_id,
        before={"effective_to": last.effective_to},
        after={"effective_to": ends_on},
    )


async def _end(work: Work, row: Row[Any], ends_on: date, *, shortens: bool = True) -> None:
    """Say on which day a version holds for the last time."""
    if shortens and row.effective_to is not None and row.effective_to < ends_on:
        return
    await work.execute(
        update(TradeAgreement)
        .where(TradeAgreement.tenant_id == work.tenant_id, TradeAgreement.id == row.id)
        .values(effective_to=ends_on)
    )


async def _agreement(work: Work, agreement_id: int) -> Row[Any]:
    row = await work.row(
        select(*TradeAgreement.__table__.c).where(
            TradeAgreement.tenant_id == work.tenant_id, TradeAgreement.id == agreement_id
        )
    )
    if row is None:
        raise NotFound("trade agreement")
    return row


async def _last(work: Work, supplier_id: int, buyer_id: int) -> Row[Any] | None:
    return await work.row(
        select(*TradeAgreement.__table__.c)
        .where(
            TradeAgreement.tenant_id == work.tenant_id,
            TradeAgreement.supplier_id == supplier_id,
            TradeAgreement.buyer_id == buyer_id,
        )
        .order_by(TradeAgreement.version.desc())
        .limit(1)
    )


async def _lock_entities(work: Work, *entity_ids: int) -> None:
    """Both entities, in the order of their ids: versions between them are made one by one.
    Whoever writes a row that refers to one of them does not wait. Raises NotFound."""
    found = await work.values(
        select(LegalEntity.id)
        .where(LegalEntity.tenant_id == work.tenant_id, LegalEntity.id.in_(entity_ids))
        .order_by(LegalEntity.id)
        .with_for_update(key_share=True)
    )
    if len(found) != len(set(entity_ids)):
        raise NotFound("legal entity")


async def _require_known(
    work: Work, sound: Mapping[str, Any], prices: Mapping[int, Decimal | None]
) -> None:
    """Raise NotFound for a list or an item that is not there, InvalidInput for a list in another
    currency."""
    if len(prices) > _MOST_PRICES:
        raise InvalidInput(f"At most {_MOST_PRICES} prices.", path=("prices",))
    if sound["price_list_id"] is not None:
        currency = await work.value(
            select(PriceList.currency).where(
                PriceList.tenant_id == work.tenant_id, PriceList.id == sound["price_list_id"]
            )
        )
        if currency is None:
            raise NotFound("price list")
        if currency != sound["currency"]:
            message = f"The list is in {currency}."
            raise InvalidInput(message, path=("price_list_id",))
    known = await work.values(
        select(Item.id).where(Item.tenant_id == work.tenant_id, Item.id.in_(sorted(prices)))
    )
    if len(known) != len(prices):
        raise NotFound("item")


async def _require_accounts(work: Work, supplier_id: int, sound: Mapping[str, Any]) -> None:
    """Raise NotFound for an account that the supplier's chart lacks, InvalidInput for one that
    counts something else or is closed."""
    wanted = {name: sound[name] for name in ACCOUNT_KINDS if sound[name] is not None}
    if not wanted:
        return
    rows = await work.rows(
        select(Account.id, Account.kind, Account.status).where(
            Account.tenant_id == work.tenant_id,
            Account.entity_id == supplier_id,
            Account.id.in_(sorted(wanted.values())),
        )
    )
    known = {row.id: row for row in rows}
    for name, account_id in wanted.items():
        if account_id not in known:
            raise NotFound("account")
        if known[account_id].kind != ACCOUNT_KINDS[name] or known[account_id].status != "active":
            message = f"Must be an active account of kind {ACCOUNT_KINDS[name]}."
            raise InvalidInput(message, path=(name,))
