"""Plain text journals of other programs are taken into an entity's books."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, BigInteger, bindparam, func, select, update

from domain.kernel import iso
from domain.kernel.errors import InvalidInput
from domain.kernel.inserting import insert_rows
from domain.kernel.money import to_minor
from domain.kernel.permissions import operation
from domain.kernel.work import Work
from domain.ledger.books import opened_book
from domain.ledger.entries import Leg
from domain.ledger.facts import base_currency
from domain.ledger.interchange.balancing import (
    MATCHINGS,
    Booked,
    BookedTransaction,
    book_journal,
)
from domain.ledger.interchange.reading import Part, read_journal
from domain.ledger.manual import manual_entry
from domain.ledger.models import Account, ManualJournal
from domain.ledger.policy import CONTROL_ROLES
from domain.ledger.posting import post

# What the first part of an account's name says of it.
KINDS = {
    "assets": "asset",
    "liabilities": "liability",
    "equity": "equity",
    "income": "income",
    "revenue": "income",
    "revenues": "income",
    "expenses": "expense",
}
ROUNDING = "rounding"


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What was taken in: the ids of the journals, in order, how many accounts were made, and what
    was left out (virtual postings, and rules of the program that wrote the file)."""

    journal_ids: Sequence[int]
    accounts_created: int
    virtual_left_out: int
    rules_left_out: int


@operation("ledger.manage")
async def take_in_plain_journal(
    work: Work,
    *,
    entity_id: int,
    content: str,
    currencies: Mapping[str, str],
    matching: str | None = None,
) -> TakenIn:
    """Post the transactions of a plain text journal (ledger-cli's format) to an entity's books,
    each as a journal written by hand, or none of them.

    What is not money counts at its cost; `currencies` says which symbol is which currency (codes
    need not be named; '' is the entity's own). Accounts are found by code or name, or made. With a
    `matching` (fifo, lifo) sales leave the lots held. Raises UnreadableJournal, InvalidInput,
    NotFound, PeriodClosed, ExchangeRateMissing."""
    if matching is not None and matching not in MATCHINGS:
        raise InvalidInput(f"Must be one of {', '.join(MATCHINGS)}.", path=("matching",))
    await opened_book(work, entity_id)
    named = {"": await base_currency(work, entity_id), **currencies}
    for symbol, code in named.items():
        iso.currency(code, path=("currencies", symbol))
    plain = read_journal(content)
    transactions, _ = book_journal(plain, matching=matching)
    real = [
        (each, [booked for booked in each.booked if booked.part is Part.REAL])
        for each in transactions
    ]
    accounts, created = await _accounts(
        work, entity_id, sorted({booked.account for _, rows in real for booked in rows})
    )
    rounding = await _rounding(work, entity_id)
    written = [(each, _legs(each, rows, named, accounts, rounding)) for each, rows in real if rows]
    written = [(each, legs) for each, legs in written if legs]
    return TakenIn(
        await _post(work, entity_id, written),
        created,
        sum(b.part is not Part.REAL for each in transactions for b in each.booked),
        plain.left_out,
    )


async def _accounts(work: Work, entity_id: int, names: Sequence[str]) -> tuple[dict[str, int], int]:
    """The account ids by the file's names, and how many were made. Raises InvalidInput."""
    rows = await work.rows(
        select(Account.id, Account.code, Account.name, Account.role).where(
            Account.tenant_id == work.tenant_id, Account.entity_id == entity_id
        )
    )
    known = {row.name: row for row in rows} | {row.code: row for row in rows}
    for name in names:
        if name in known and known[name].role in CONTROL_ROLES:
            message = f"{name} follows documents of its own."
            raise InvalidInput(message, path=("content",))
    made = [
        {"entity_id": entity_id, "code": name[:64], "name": name[:255], "kind": _kind(name)}
        for name in names
        if name not in known
    ]
    ids = {name: known[name].id for name in names if name in known}
    for row in await insert_rows(work, Account, made, returning=("id", "name")):
        ids[row.name] = row.id
    return ids, len(made)


def _kind(name: str) -> str:
    kind = KINDS.get(name.split(":", 1)[0].strip().lower())
    if kind is None or len(name) > 64:
        message = (
            f"{name[:64]} does not begin with Assets, Liabilities, Equity, Income or Expenses, or "
            "is too long; create the account first."
        )
        raise InvalidInput(message, path=("content",))
    return kind


async def _rounding(work: Work, entity_id: int) -> int:
    account_id: int | None = await work.value(
        select(Account.id).where(
            Account.tenant_id == work.tenant_id,
            Account.entity_id == entity_id,
            Account.role == ROUNDING,
        )
    )
    if account_id is None:
        message = "Give an account the role rounding first."
        raise InvalidInput(message, path=("entityId",))
    return account_id


def _legs(
    transaction: BookedTransaction,
    rows: Sequence[Booked],
    currencies: Mapping[str, str],
    accounts: Mapping[str, int],
    rounding: int,
) -> list[Leg]:
    """The legs of a transaction, each in its currency; what rounding to minor units leaves over
    (less than one a leg) goes to the account for it. Raises InvalidInput."""
    legs = []
    left: dict[str, int] = {}
    for row in rows:
        symbol = row.value.commodity
        currency = currencies.get(symbol, symbol)
        if currency not in iso.CURRENCIES:
            message = (
                f"Line {transaction.line}: {symbol} has no cost in money, and is no currency that "
                "was named."
            )
            raise InvalidInput(message, path=("content",))
        amount = to_minor(row.value.quantity, currency)
        left[currency] = left.get(currency, 0) + amount
        if amount:
            legs.append(Leg("manual", amount, account_id=accounts[row.account], currency=currency))
    for currency, amount in left.items():
        if amount:
            legs.append(Leg(ROUNDING, -amount, account_id=rounding, currency=currency))
    return legs


async def _post(
    work: Work, entity_id: int, written: Sequence[tuple[BookedTransaction, list[Leg]]]
) -> list[int]:
    rows = await insert_rows(
        work,
        ManualJournal,
        [_row(work, entity_id, each, legs) for each, legs in written],
        returning=("id", "entity_id", "currency", "posted_on", "description"),
    )
    rows = sorted(rows, key=lambda row: row.id)
    journal_ids = await post(
        work,
        [manual_entry(row, tuple(legs)) for row, (_, legs) in zip(rows, written, strict=True)],
    )
    pairs = (
        func.unnest(
            bindparam("manuals", [row.id for row in rows], type_=ARRAY(BigInteger)),
            bindparam("journals", journal_ids, type_=ARRAY(BigInteger)),
        )
        .table_valued("manual_id", "journal_id")
        .render_derived(name="pairs")
    )
    await work.execute(
        update(ManualJournal)
        .where(ManualJournal.tenant_id == work.tenant_id, ManualJournal.id == pairs.c.manual_id)
        .values(status="posted", journal_id=pairs.c.journal_id, version=ManualJournal.version + 1)
    )
    work.audit(
        "take_in_plain_journal",
        subject="legal_entity",
        subject_id=entity_id,
        after={"journals": len(journal_ids)},
    )
    return journal_ids


def _row(
    work: Work, entity_id: int, transaction: BookedTransaction, legs: Sequence[Leg]
) -> dict[str, Any]:
    """A transaction as a row of manual_journal; its lines name their currency."""
    names = ("account_id", "amount_minor", "currency")
    return {
        "entity_id": entity_id,
        "posted_on": transaction.on,
        "currency": legs[0].currency,
        "description": transaction.description[:255],
        "lines": [{name: getattr(leg, name) for name in names} for leg in legs],
        "status": "waiting",
        "created_by": work.principal.name,
        "created_at": work.now,
    }
