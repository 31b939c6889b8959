"""Payouts and balance transactions of Shopify Payments (REST Admin API).

A payout and its transactions come in documents of their own, in any order; a list of transactions
comes in pages."""

from collections.abc import Iterator
from typing import Any

from domain.finance.settlement.told import (
    ADJUSTMENT,
    ANNOUNCED,
    CHARGEBACK,
    FAILED,
    PAID,
    REFUND,
    RESERVE,
    RETRIED,
    SALE,
    TRANSFER,
    UNKNOWN,
    State,
    ToldLine,
    ToldPayout,
)
from domain.intake.document import Problem
from domain.intake.formats.json_fields import Field
from domain.intake.formats.settled.locale_values import day_in
from domain.intake.formats.settled.report import Said, SettledReport, missing, wrong
from domain.kernel import iso
from domain.kernel.errors import InvalidInput

_STATES: dict[str, State] = {
    "scheduled": ANNOUNCED,
    "in_transit": ANNOUNCED,
    "paid": PAID,
    "failed": FAILED,
    "canceled": FAILED,
    "cancelled": FAILED,
}
_KINDS = {
    "charge": SALE,
    "refund": REFUND,
    "refund_failure": REFUND,
    "dispute": CHARGEBACK,
    "chargeback": CHARGEBACK,
    "reserve": RESERVE,
    "adjustment": ADJUSTMENT,
    "credit": ADJUSTMENT,
    "debit": ADJUSTMENT,
    "payout": TRANSFER,
    "payout_failure": RETRIED,
    "payout_cancellation": RETRIED,
}


def read(root: Field) -> SettledReport | None:
    """The payouts or transactions of a JSON document; None for one that has neither."""
    for name in ("payouts", "payout"):
        member = root.within(name)
        rows = list(member.each()) or [member]
        if all(row.has("id", "status", "amount", "currency") for row in rows):
            return _payouts(rows)
    rows = list(root.within("transactions").each())
    if rows and all(row.has("type", "amount", "fee", "net", "payout_id") for row in rows):
        return _transactions(rows)
    return None


def _payouts(rows: list[Field]) -> SettledReport:
    said = [_payout(row) for row in rows]
    return SettledReport(
        format="shopify.payouts",
        payouts=tuple(each for each in said if isinstance(each, ToldPayout)),
        lines=lambda: iter(()),
        problems=tuple(each for each in said if isinstance(each, Problem)),
    )


def _payout(row: Field) -> ToldPayout | Problem:
    place, status = row.path or "the document", row.text("status") or ""
    external_id, currency = row.text("id"), _currency(row)
    if external_id is None:
        return missing(place, "id")
    if currency is None:
        return wrong(place, "currency", row.text("currency"), "a currency of ISO 4217")
    if status not in _STATES:
        return wrong(place, "status", status, f"one of {', '.join(_STATES)}")
    total, day = row.number("amount"), day_in(row.text("date") or "")
    if total is None:
        return wrong(place, "amount", row.text("amount"), "an amount")
    if day is None:
        return wrong(place, "date", row.text("date"), "a day")
    return ToldPayout(
        external_id=external_id,
        currency=currency,
        total=total,
        deposited_on=day,
        state=_STATES[status],
        is_whole=False,
    )


def _currency(row: Field) -> str | None:
    try:
        return iso.currency(row.text("currency") or "")
    except InvalidInput:
        return None


def _transactions(rows: list[Field]) -> SettledReport:
    # What is in no payout yet will come again with one.
    mine = [row for row in rows if row.text("payout_id") and row.within("test").value is not True]
    payouts: dict[str, ToldPayout] = {}
    problems: list[Problem] = []
    for row in mine:
        external_id, currency = row.text("payout_id") or "", _currency(row)
        if currency is None:
            problems.append(
                wrong(row.path, "currency", row.text("currency"), "a currency of ISO 4217")
            )
            continue
        payout = payouts.setdefault(
            external_id,
            ToldPayout(external_id=external_id, currency=currency, state=None, is_whole=False),
        )
        if payout.currency != currency:
            wanted = f"{payout.currency}, as before of the payout {external_id},"
            problems.append(wrong(row.path, "currency", currency, wanted))
    return SettledReport(
        format="shopify.balance_transactions",
        payouts=tuple(payouts.values()),
        lines=lambda: (each for row in mine for each in _lines(row)),
        problems=tuple(problems),
    )


def _lines(row: Field) -> Iterator[Said]:
    amounts = {name: row.number(name) for name in ("amount", "fee", "net")}
    for name, amount in amounts.items():
        if amount is None:
            yield wrong(row.path, name, row.text(name), "an amount")
            return
    gross, fee, net = (amounts[name] for name in ("amount", "fee", "net"))
    assert gross is not None
    assert fee is not None
    if gross - fee != net:
        yield wrong(row.path, "net", net, f"amount less fee, {gross - fee},")
        return
    day, external_id = day_in(row.text("processed_at") or ""), row.text("id")
    if day is None or external_id is None:
        yield missing(row.path, "id" if external_id is None else "processed_at")
        return
    word = row.text("type") or ""
    same: dict[str, Any] = {
        "payout": row.text("payout_id") or "",
        "posted_on": day,
        "order_reference": row.text("source_order_id"),
        "adjustment_reference": row.text("source_order_transaction_id"),
    }
    kind = _kind(word, row.text("source_type") or "")
    yield ToldLine(kind=kind, word=word, amount=gross, external_id=external_id, **same)
    if fee:
        yield ToldLine(
            kind="payment_fee",
            word=f"{word}: fee",
            amount=-fee,
            external_id=f"{external_id}:fee",
            **same,
        )


def _kind(word: str, source: str) -> str:
    if "Dispute" in source:
        return CHARGEBACK
    return _KINDS.get(word, UNKNOWN)
