"""Entities settle what they owe each other: they pay, or set off what is owed in a circle."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.engine import Row

from domain.entities.models import LegalEntity
from domain.intercompany.booking import SOURCE, new_ids, write_entries
from domain.intercompany.events import DebtsSettled
from domain.intercompany.models import IntercompanyBalance, IntercompanySettlement
from domain.intercompany.outcomes import NothingOwed
from domain.intercompany.policies.netting import Owed, changes, netted
from domain.intercompany.policies.settling import Change, Pair, Standing, settled
from domain.kernel import iso, text
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.numbers import draw_numbers
from domain.kernel.permissions import operation
from domain.kernel.work import Work
from domain.ledger.books import lock_books
from domain.ledger.currency import REALISED, to_base
from domain.ledger.entries import Day, Entry, Leg
from domain.ledger.posting import post
from domain.ledger.rates import rates_on

NETTING, PAYMENT = "netting", "payment"
_MOST_ENTITIES = 100


@operation("intercompany.manage")
async def pay_debt(
    work: Work,
    *,
    creditor_id: int,
    debtor_id: int,
    currency: str,
    amount_minor: int | None = None,
    settled_on: date | None = None,
    reference: str | None = None,
) -> int:
    """The debtor paid the creditor so much (all it owes in the currency, if absent); gives the
    settlement's id. Both books say so, with what exchange rates have changed since.

    Raises InvalidInput, NotFound, NothingOwed, PeriodClosed, ExchangeRateMissing."""
    iso.currency(currency)
    if amount_minor is not None and amount_minor <= 0:
        raise InvalidInput("Must be above zero.", path=("amount",))
    owns = await _currencies(work, (creditor_id, debtor_id))
    number = (await draw_numbers(work, intercompany_settlement=1))["intercompany_settlement"][0]
    await lock_books(work, owns)
    standing = (await _standings(work, owns, currency)).get((creditor_id, debtor_id))
    owed = 0 if standing is None else standing.amount_minor
    paid = owed if amount_minor is None else amount_minor
    if standing is None or owed <= 0 or paid > owed:
        message = "That much is not owed."
        raise NothingOwed(message, path=("amount",), owed_minor=owed, currency=currency)
    pair = (creditor_id, debtor_id)
    rows = {
        "kind": PAYMENT,
        "currency": currency,
        "creditor_id": creditor_id,
        "debtor_id": debtor_id,
        "amount_minor": paid,
        "reference": text.optional(reference, path=("reference",)),
        "summary": {},
    }
    return await _settle(work, number, rows, {pair: -paid}, {pair: standing}, owns, settled_on)


@operation("intercompany.manage")
async def net_debts(
    work: Work,
    *,
    entity_ids: Collection[int],
    currency: str,
    settled_on: date | None = None,
    reference: str | None = None,
) -> int:
    """Set off what these entities owe each other in a currency, so that as few debts as can be
    stay, and each has as much to get or to pay as before; gives the settlement's id.

    Raises InvalidInput, NotFound, NothingOwed, PeriodClosed, ExchangeRateMissing."""
    iso.currency(currency)
    if not 2 <= len(set(entity_ids)) <= _MOST_ENTITIES:
        raise InvalidInput(f"Give 2 to {_MOST_ENTITIES} entities.", path=("entity_ids",))
    owns = await _currencies(work, entity_ids)
    number = (await draw_numbers(work, intercompany_settlement=1))["intercompany_settlement"][0]
    await lock_books(work, owns)
    standings = await _standings(work, owns, currency)
    owed = [Owed(*pair, each.amount_minor) for pair, each in sorted(standings.items())]
    wanted = {(e.creditor_id, e.debtor_id): e.amount_minor for e in changes(owed)}
    if not wanted:
        message = "Nothing of this can be set off."
        raise NothingOwed(message, path=("entity_ids",), owed_minor=0, currency=currency)
    left = netted(owed)
    before = sum(abs(each.amount_minor) for each in owed)
    rows = {
        "kind": NETTING,
        "currency": currency,
        "amount_minor": before - sum(each.amount_minor for each in left),
        "reference": text.optional(reference, path=("reference",)),
        "summary": {
            "before": [[e.creditor_id, e.debtor_id, e.amount_minor] for e in owed],
            "after": [[e.creditor_id, e.debtor_id, e.amount_minor] for e in left],
        },
    }
    return await _settle(work, number, rows, wanted, standings, owns, settled_on)


async def _settle(
    work: Work,
    number: str,
    fields: Mapping[str, Any],
    wanted: Mapping[Pair, int],
    standings: Mapping[Pair, Standing],
    owns: Mapping[int, str],
    settled_on: date | None,
) -> int:
    on = settled_on or work.now.date()
    currency = fields["currency"]
    pairs = {(currency, own) for own in owns.values() if own != currency}
    rates = await rates_on(work, pairs, on=on) if pairs else {}

    def worth(entity_id: int, amount: int) -> int:
        own = owns[entity_id]
        return amount if own == currency else to_base(amount, currency, own, rates[currency, own])

    found = settled(wanted, standings, worth)
    settlement_id = await work.value(
        insert(IntercompanySettlement)
        .values(
            tenant_id=work.tenant_id,
            number=number,
            settled_on=on,
            settled_by=work.actor.principal.name,
            created_at=work.now,
            **{"creditor_id": None, "debtor_id": None, **fields},
        )
        .returning(IntercompanySettlement.id)
    )
    ids = await new_ids(work, len(found))
    given = Day.FALLS if settled_on is None else Day.GIVEN
    entries = [
        entry
        for entry_id, (pair, change) in zip(ids, found.items(), strict=True)
        for entry in _journals(entry_id, pair, change, fields, number, on, given)
    ]
    await post(work, entries)
    await write_entries(
        work,
        [
            _row(work, entry_id, pair, change, fields, settlement_id, on)
            for entry_id, (pair, change) in zip(ids, found.items(), strict=True)
        ],
    )
    _tell(work, settlement_id, number, fields)
    return int(settlement_id)


def _tell(work: Work, settlement_id: int, number: str, fields: Mapping[str, Any]) -> None:
    told = {name: fields[name] for name in ("kind", "amount_minor", "currency")}
    work.record(DebtsSettled(aggregate_id=settlement_id, number=number, **told))
    work.audit(
        "settle_intercompany_debts",
        subject="intercompany_settlement",
        subject_id=settlement_id,
        after={"number": number, **fields},
    )


def _journals(
    entry_id: int,
    pair: Pair,
    change: Change,
    fields: Mapping[str, Any],
    number: str,
    on: date,
    day: Day,
) -> list[Entry]:
    against = "clearing" if fields["kind"] == NETTING else "bank"
    amount = change.amount_minor
    sides = (
        (pair[0], "intercompany_receivable", 1, change.creditor_base_minor),
        (pair[1], "intercompany_payable", -1, change.debtor_base_minor),
    )
    worth = (change.creditor_worth_minor, change.debtor_worth_minor)
    return [
        Entry(
            entity_id=entity_id,
            milestone=f"intercompany_{fields['kind']}",
            source_kind=SOURCE,
            source_id=entry_id,
            currency=fields["currency"],
            legs=(
                Leg(leg, sign * amount, base_amount_minor=sign * base),
                Leg(against, -sign * amount, base_amount_minor=-sign * value),
                Leg(REALISED, 0, base_amount_minor=sign * (value - base)),
            ),
            posted_on=on,
            description=f"{fields['kind'].capitalize()} {number}",
            trace={"intercompany_settlement": number},
            day=day,
        )
        for (entity_id, leg, sign, base), value in zip(sides, worth, strict=True)
    ]


def _row(
    work: Work,
    entry_id: int,
    pair: Pair,
    change: Change,
    fields: Mapping[str, Any],
    settlement_id: int,
    on: date,
) -> dict[str, Any]:
    return {
        "id": entry_id,
        "kind": fields["kind"],
        "settlement_id": settlement_id,
        "creditor_id": pair[0],
        "debtor_id": pair[1],
        "currency": fields["currency"],
        "amount_minor": change.amount_minor,
        "tax_minor": 0,
        "creditor_base_minor": change.creditor_base_minor,
        "debtor_base_minor": change.debtor_base_minor,
        "source_kind": "intercompany_settlement",
        "source_id": settlement_id,
        "occurred_on": on.isoformat(),
        "occurred_at": work.now.isoformat(),
    }


async def _currencies(work: Work, entity_ids: Collection[int]) -> dict[int, str]:
    """In which currency each keeps its books. Raises NotFound, InvalidInput for one by itself."""
    wanted = set(entity_ids)
    if len(wanted) < 2:
        raise InvalidInput("Must be another entity.", path=("debtor_id",))
    rows: Sequence[Row[Any]] = await work.rows(
        select(LegalEntity.id, LegalEntity.currency).where(
            LegalEntity.tenant_id == work.tenant_id, LegalEntity.id.in_(sorted(wanted))
        )
    )
    if len(rows) != len(wanted):
        raise NotFound("legal entity")
    return {row.id: row.currency for row in rows}


async def _standings(
    work: Work, entity_ids: Collection[int], currency: str
) -> dict[Pair, Standing]:
    """What these entities owe each other; their books are locked, so nothing changes it."""
    balance = IntercompanyBalance
    rows = await work.rows(
        select(*balance.__table__.c).where(
            balance.tenant_id == work.tenant_id,
            balance.currency == currency,
            balance.creditor_id.in_(sorted(entity_ids)),
            balance.debtor_id.in_(sorted(entity_ids)),
            balance.amount_minor != 0,
        )
    )
    return {
        (row.creditor_id, row.debtor_id): Standing(
            row.amount_minor, row.creditor_base_minor, row.debtor_base_minor
        )
        for row in rows
    }
