"""Amazon's settlement reports as flat files, V1 (a column for each kind of amount) and V2 (an
amount in each line)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from domain.finance.settlement.told import ToldLine, ToldPayout
from domain.intake.document import Problem
from domain.intake.formats.settled.amazon_words import kind_of
from domain.intake.formats.settled.locale_values import amount_in, day_in, quantity_in
from domain.intake.formats.settled.report import Said, SettledReport, missing, wrong
from domain.intake.formats.settled.text_lines import lines_of
from domain.kernel import iso
from domain.kernel.errors import InvalidInput

_HEAD = ("settlement-id", "total-amount", "currency", "transaction-type")
_V2 = ("amount-type", "amount-description", "amount")
_V1 = ("price-type", "price-amount", "item-related-fee-type", "item-related-fee-amount")
# In V1: which column names an amount (or what it is called where none does), and to which group
# of V2 it belongs.
_AMOUNTS = (
    ("shipment-fee-amount", "shipment-fee-type", "ItemFees"),
    ("order-fee-amount", "order-fee-type", "ItemFees"),
    ("price-amount", "price-type", "ItemPrice"),
    ("item-related-fee-amount", "item-related-fee-type", "ItemFees"),
    ("misc-fee-amount", "transaction-type", "ItemFees"),
    ("other-fee-amount", "other-fee-reason-description", "ItemFees"),
    ("promotion-amount", "promotion-type", "Promotion"),
    ("direct-payment-amount", "direct-payment-type", "Direct Payment"),
    ("other-amount", "transaction-type", "other-transaction"),
)
Cells = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Row:
    place: str
    cells: Cells

    def text(self, name: str) -> str | None:
        return self.cells.get(name) or None


@dataclass(frozen=True, slots=True)
class _Amount:
    column: str
    word: str
    group: str


def read(raw: bytes) -> SettledReport | None:
    """The report of these bytes; None for a document that is none. Raises UnreadableText."""
    columns = _columns(next(lines_of(raw), ""))
    is_v2 = set(_HEAD + _V2) <= set(columns)
    if not is_v2 and not set(_HEAD + _V1) <= set(columns):
        return None
    version = f"amazon.settlement_{'v2' if is_v2 else 'v1'}"
    payout, problems = _head(raw)
    if payout is None:
        return SettledReport(format=version, payouts=(), lines=_nothing, problems=problems)
    return SettledReport(
        format=version,
        payouts=(payout,),
        lines=lambda: _lines(raw, payout, is_v2=is_v2),
        problems=problems,
    )


def _nothing() -> Iterator[Said]:
    return iter(())


def _columns(line: str) -> list[str]:
    return [each.strip().strip('"').lower() for each in line.split("\t")]


def _rows(raw: bytes, *, japanese: bool = False) -> Iterator[_Row]:
    lines = lines_of(raw, japanese=japanese)
    columns = _columns(next(lines, ""))
    for number, line in enumerate(lines, start=2):
        if line.strip():
            # The files quote nothing: a quotation mark is part of a product's name.
            cells = [each.strip() for each in line.split("\t")]
            yield _Row(f"line {number}", dict(zip(columns, cells, strict=False)))


def _head(raw: bytes) -> tuple[ToldPayout | None, tuple[Problem, ...]]:
    row = next(_rows(raw), None)
    if row is None:
        return None, (missing("the report", "settlement-id"),)
    external_id, currency = row.text("settlement-id"), row.text("currency")
    problems = [
        missing(row.place, name)
        for name in ("settlement-id", "total-amount", "currency")
        if row.text(name) is None
    ]
    if external_id is None or currency is None:
        return None, tuple(problems)
    try:
        currency = iso.currency(currency)
    except InvalidInput:
        return None, (wrong(row.place, "currency", currency, "a currency of ISO 4217"),)
    total = amount_in(said, currency) if (said := row.text("total-amount")) else None
    if said and total is None:
        problems.append(wrong(row.place, "total-amount", said, f"an amount in {currency}"))
    days = {}
    for name in ("settlement-start-date", "settlement-end-date", "deposit-date"):
        text = row.text(name)
        days[name] = day_in(text, month_first=currency == "USD") if text else None
        if text and days[name] is None:
            problems.append(wrong(row.place, name, text, "a day"))
    payout = ToldPayout(
        external_id=external_id,
        currency=currency,
        total=total,
        begins_on=days["settlement-start-date"],
        ends_on=days["settlement-end-date"],
        deposited_on=days["deposit-date"],
    )
    return payout, tuple(problems)


def _lines(raw: bytes, payout: ToldPayout, *, is_v2: bool) -> Iterator[Said]:
    for row in _rows(raw, japanese=payout.currency == "JPY"):
        if row.text("settlement-id") != payout.external_id:
            yield wrong(row.place, "settlement-id", row.text("settlement-id"), payout.external_id)
            continue
        if is_v2:
            word = row.text("amount-description") or row.text("amount-type") or ""
            yield from _said(row, payout, _Amount("amount", word, row.text("amount-type") or ""))
            continue
        for column, name, group in _AMOUNTS:
            yield from _said(row, payout, _Amount(column, row.text(name) or "", group))


def _said(row: _Row, payout: ToldPayout, which: _Amount) -> Iterator[Said]:
    text, transaction = row.text(which.column), row.text("transaction-type") or ""
    if text is None:
        if which.column == "amount" and transaction:
            yield missing(row.place, "amount")
        return
    amount = amount_in(text, payout.currency)
    if amount is None:
        yield wrong(row.place, which.column, text, f"an amount in {payout.currency}")
        return
    if amount:
        yield from _line(row, payout, which, amount)


def _line(row: _Row, payout: ToldPayout, which: _Amount, amount: Decimal) -> Iterator[Said]:
    posted = row.text("posted-date") or row.text("posted-date-time")
    day = day_in(posted, month_first=payout.currency == "USD") if posted else None
    if posted and day is None:
        yield wrong(row.place, "posted-date", posted, "a day")
        return
    pieces = row.text("quantity-purchased")
    quantity = quantity_in(pieces) if pieces else None
    if pieces and quantity is None:
        yield wrong(row.place, "quantity-purchased", pieces, "a quantity")
        return
    transaction = row.text("transaction-type") or ""
    yield ToldLine(
        payout=payout.external_id,
        kind=kind_of(transaction, which.group, which.word),
        word=": ".join(each for each in (transaction, which.word) if each)[:200] or "unnamed",
        amount=amount,
        posted_on=day,
        order_reference=row.text("order-id"),
        merchant_reference=row.text("merchant-order-id"),
        adjustment_reference=row.text("adjustment-id"),
        shipment_reference=row.text("shipment-id"),
        sku=row.text("sku"),
        quantity=quantity,
    )
