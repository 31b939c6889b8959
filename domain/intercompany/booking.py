"""Booking: what a milestone makes one entity owe another becomes a journal in each one's books.

The database refuses an entry whose two sides differ. Post all entities' journals in one go: their
books are locked last of all, and the balances after them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam, func, select, text
from sqlalchemy.dialects.postgresql import JSONB

from domain.intercompany.models import IntercompanyEntryLine
from domain.intercompany.policies.mirroring import LineAmounts, total
from domain.inventory.valuation.kinds import Legs
from domain.kernel.inserting import insert_rows
from domain.kernel.work import Work
from domain.ledger.entries import Entry, Leg
from domain.ledger.posting import post

SOURCE = "intercompany_entry"
_RECORD = text("SELECT record_intercompany(:entries)").bindparams(bindparam("entries", type_=JSONB))


@dataclass(frozen=True, slots=True, kw_only=True)
class Traded:
    """A trade line's part of an entry (base units; below zero: back)."""

    trade_line_id: int
    item_id: int
    quantity: Decimal
    amounts: LineAmounts
    profit_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """Whose books an entry stands in, and in which currency they are kept."""

    entity_id: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """What happened to a trade between two entities, and what of it stands in which books.

    `bought_as` is the leg that the buyer's goods go to, `accounts` are those of the supplier's legs
    that the agreement names, `bought_account_id` that of the buyer's goods; `entered`, where goods
    come into its stock, what that made of their price there (leg, amount in its own currency).
    `source` is what caused it."""

    kind: str
    trade_id: int
    number: str
    supplier: Side
    buyer: Side
    currency: str
    lines: tuple[Traded, ...]
    source_kind: str
    source_id: int
    settlement_days: int | None = None
    bought_as: str = "inventory"
    bought_account_id: int | None = None
    accounts: Mapping[str, int] = field(default_factory=dict)
    entered: Legs = ()
    trace: Mapping[str, Any] = field(default_factory=dict)

    @property
    def amounts(self) -> LineAmounts:
        """The sums of the lines."""
        return total([line.amounts for line in self.lines])


@dataclass(frozen=True, slots=True)
class Booked:
    """Milestones with the ids of their entries, and the journals that are to be posted."""

    milestones: tuple[Milestone, ...]
    ids: tuple[int, ...]
    entries: tuple[Entry, ...]


NOTHING_BOOKED = Booked((), (), ())


async def new_ids(work: Work, wanted: int) -> list[int]:
    """Ids of entries that are about to be booked."""
    async with work.house():
        return list(await work.values(select(func.new_intercompany_ids(wanted))))


async def prepare(work: Work, milestones: Sequence[Milestone]) -> Booked:
    """The journals of milestones, for whoever posts them together with others."""
    if not milestones:
        return NOTHING_BOOKED
    ids = await new_ids(work, len(milestones))
    today = work.now.date()
    entries = [
        entry
        for entry_id, each in zip(ids, milestones, strict=True)
        for entry in _journals(entry_id, each, today)
    ]
    return Booked(tuple(milestones), tuple(ids), tuple(entries))


async def record(work: Work, booked: Booked) -> None:
    """Write the entries of journals that are posted, and what is owed now."""
    if not booked.milestones:
        return
    pairs = list(zip(booked.ids, booked.milestones, strict=True))
    async with work.house():
        await write_entries(work, [_row(work, entry_id, each) for entry_id, each in pairs])
        await insert_rows(
            work,
            IntercompanyEntryLine,
            [_line_row(entry_id, line) for entry_id, each in pairs for line in each.lines],
        )


async def book(work: Work, milestones: Sequence[Milestone]) -> None:
    """Post the journals of milestones and write their entries; the last thing in a work."""
    booked = await prepare(work, milestones)
    await post(work, booked.entries)
    await record(work, booked)


async def write_entries(work: Work, rows: Sequence[Mapping[str, Any]]) -> None:
    """Hand entries to the database's own function, the one door to what entities owe."""
    await work.execute(_RECORD, {"entries": list(rows)})


def _journals(entry_id: int, each: Milestone, today: date) -> list[Entry]:
    sums = each.amounts
    owed, base, tax_base = sums.owed_minor, sums.supplier_owed_minor, sums.supplier_tax_minor
    common: dict[str, Any] = {
        "source_kind": SOURCE,
        "source_id": entry_id,
        "posted_on": today,
        "description": f"{each.kind.capitalize()} of {each.number}",
        "trace": {"intercompany_trade_id": each.trade_id, **each.trace},
    }
    sale = (
        Leg("intercompany_receivable", owed, base_amount_minor=base),
        Leg(
            "intercompany_revenue",
            -sums.net_minor,
            base_amount_minor=tax_base - base,
            account_id=each.accounts.get("intercompany_revenue"),
        ),
        Leg("tax", -sums.tax_minor, base_amount_minor=-tax_base),
    )
    cost_account_id = each.accounts.get("intercompany_cost")
    cost = (
        Leg("intercompany_cost", sums.cost_minor, account_id=cost_account_id),
        Leg("inventory", -sums.cost_minor),
    )
    bought, bought_tax = sums.buyer_net_minor, sums.buyer_tax_minor
    purchase = (
        Leg(
            each.bought_as,
            sums.net_minor,
            base_amount_minor=bought,
            account_id=each.bought_account_id,
        ),
        Leg("tax", sums.tax_minor, base_amount_minor=bought_tax),
        Leg("intercompany_payable", -owed, base_amount_minor=-(bought + bought_tax)),
        *_entered(each, bought),
    )
    supplier, buyer = each.supplier, each.buyer
    return [
        _entry("intercompany_sale", supplier.entity_id, each.currency, sale, common),
        _entry("intercompany_cost", supplier.entity_id, supplier.currency, cost, common),
        _entry("intercompany_purchase", buyer.entity_id, each.currency, purchase, common),
    ]


def _entered(each: Milestone, bought: int) -> tuple[Leg, ...]:
    """What stock kept at a standard cost makes of the price is a variance."""
    if not each.entered or each.entered == ((each.bought_as, bought),):
        return ()
    other = [Leg(name, 0, base_amount_minor=amount) for name, amount in each.entered]
    return (Leg(each.bought_as, 0, base_amount_minor=-bought), *other)


def _entry(
    milestone: str, entity_id: int, currency: str, legs: Any, common: Mapping[str, Any]
) -> Entry:
    return Entry(milestone=milestone, entity_id=entity_id, currency=currency, legs=legs, **common)


def _row(work: Work, entry_id: int, each: Milestone) -> dict[str, Any]:
    sums, today = each.amounts, work.now.date()
    due_on = None
    if each.settlement_days is not None:
        due_on = today + timedelta(days=each.settlement_days)
    return {
        "id": entry_id,
        "kind": each.kind,
        "trade_id": each.trade_id,
        "creditor_id": each.supplier.entity_id,
        "debtor_id": each.buyer.entity_id,
        "currency": each.currency,
        "amount_minor": sums.owed_minor,
        "tax_minor": sums.tax_minor,
        "creditor_base_minor": sums.supplier_owed_minor,
        "debtor_base_minor": sums.buyer_owed_minor,
        "source_kind": each.source_kind,
        "source_id": each.source_id,
        "occurred_on": today.isoformat(),
        "due_on": None if due_on is None else due_on.isoformat(),
        "occurred_at": work.now.isoformat(),
    }


def _line_row(entry_id: int, line: Traded) -> dict[str, Any]:
    return {
        "entry_id": entry_id,
        "trade_line_id": line.trade_line_id,
        "quantity": line.quantity,
        **{name: getattr(line.amounts, name) for name in LineAmounts.__slots__},
        "profit_minor": line.profit_minor,
    }
