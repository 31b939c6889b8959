"""A provider's own table of payouts, by the mapping of its columns."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from domain.finance.settlement.mappings import TableMapping
from domain.finance.settlement.told import SALE, UNKNOWN, ToldLine, ToldPayout
from domain.intake.document import Problem
from domain.intake.formats.settled.locale_values import amount_in, day_in, quantity_in
from domain.intake.formats.settled.report import Said, SettledReport, missing, wrong
from domain.intake.formats.settled.text_lines import UnreadableText, lines_of
from domain.kernel import iso
from domain.kernel.errors import InvalidInput

FORMAT = "table.payouts"
_MARKS = ("\t", ";", ",", "|")
_REFERENCES = {
    "order_reference": "order",
    "merchant_reference": "merchant_order",
    "adjustment_reference": "adjustment",
    "shipment_reference": "shipment",
    "sku": "sku",
}


@dataclass(frozen=True, slots=True)
class _Row:
    place: str
    cells: Mapping[str, str]
    mapping: TableMapping

    def heading(self, column: str) -> str:
        return self.mapping.columns.get(column, column)

    def text(self, column: str) -> str | None:
        heading = self.mapping.columns.get(column)
        return None if heading is None else self.cells.get(heading, "").strip() or None


def read(raw: bytes, mapping: TableMapping) -> SettledReport | None:
    """The payouts of a table that has the mapping's columns; None for any other document. Raises
    UnreadableText."""
    mark = _mark(next(lines_of(raw), ""), mapping)
    if mark is None:
        return None
    payouts: dict[str, ToldPayout] = {}
    problems: list[Problem] = []
    for row in _rows(raw, mark, mapping):
        said = _payout(row)
        if isinstance(said, Problem):
            problems.append(said)
            continue
        known = payouts.get(said.external_id, said)
        problems += _apart(row, known, said)
        payouts[said.external_id] = replace(
            known,
            total=said.total if known.total is None else known.total,
            deposited_on=known.deposited_on or said.deposited_on,
        )
    return SettledReport(
        format=FORMAT,
        payouts=tuple(payouts.values()),
        lines=lambda: (each for row in _rows(raw, mark, mapping) for each in _lines(row)),
        problems=tuple(problems),
    )


def _apart(row: _Row, known: ToldPayout, said: ToldPayout) -> Iterator[Problem]:
    """Every line of a payout says the same of it, or nothing."""
    for name in ("currency", "total"):
        wanted, told = getattr(known, name), getattr(said, name)
        if None not in (wanted, told) and told != wanted:
            yield wrong(row.place, row.heading(name), told, f"{wanted}, as before of this payout,")


def _mark(line: str, mapping: TableMapping) -> str | None:
    for mark in _MARKS:
        if mapping.headings <= set(_cells(line, mark)):
            return mark
    return None


def _cells(line: str, mark: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=mark), [])]
    except csv.Error:
        return []


def _rows(raw: bytes, mark: str, mapping: TableMapping) -> Iterator[_Row]:
    rows = csv.reader((f"{line}\n" for line in lines_of(raw)), delimiter=mark)
    try:
        heading = [cell.strip() for cell in next(rows, [])]
        for cells in rows:
            if any(cell.strip() for cell in cells):
                place = f"line {rows.line_num}"
                yield _Row(place, dict(zip(heading, cells, strict=False)), mapping)
    except csv.Error as error:
        raise UnreadableText(f"The table breaks off in line {rows.line_num}.") from error


def _payout(row: _Row) -> ToldPayout | Problem:
    external_id, currency = row.text("payout"), row.text("currency") or row.mapping.currency
    if external_id is None:
        return missing(row.place, row.heading("payout"))
    try:
        currency = iso.currency(currency or "")
    except InvalidInput:
        return wrong(row.place, row.heading("currency"), currency, "a currency of ISO 4217")
    total, text = None, row.text("total")
    if text is not None and (total := amount_in(text, currency)) is None:
        return wrong(row.place, row.heading("total"), text, f"an amount in {currency}")
    day, text = None, row.text("deposited_on")
    if text is not None and (day := day_in(text, month_first=row.mapping.month_first)) is None:
        return wrong(row.place, row.heading("deposited_on"), text, "a day")
    return ToldPayout(external_id=external_id, currency=currency, total=total, deposited_on=day)


def _lines(row: _Row) -> Iterator[Said]:
    payout = _payout(row)
    if isinstance(payout, Problem):
        return
    same = _same(row)
    if isinstance(same, Problem):
        yield same
        return
    amount = _amount(row, row.text("amount"), row.heading("amount"), payout.currency)
    if isinstance(amount, Problem):
        yield amount
        return
    word = row.text("kind") or "amount"
    kind = row.mapping.kinds.get(word.casefold(), UNKNOWN if row.text("kind") else SALE)
    own = {"payout": payout.external_id, "external_id": row.text("line"), **same}
    if amount:
        yield ToldLine(kind=kind, word=word[:200], amount=amount, **own)
    yield from _fees(row, payout, own)


def _fees(row: _Row, payout: ToldPayout, own: dict[str, Any]) -> Iterator[Said]:
    for heading, kind in row.mapping.fees.items():
        text = row.cells.get(heading, "").strip()
        fee = _amount(row, text or "0", heading, payout.currency)
        if isinstance(fee, Problem):
            yield fee
        elif fee:
            line = own["external_id"]
            mine = own | {"external_id": None if line is None else f"{line}:{heading}"}
            sign = -1 if row.mapping.fees_subtract else 1
            yield ToldLine(kind=kind, word=heading[:200], amount=sign * fee, **mine)


def _amount(row: _Row, text: str | None, heading: str, currency: str) -> Decimal | Problem:
    if text is None:
        return missing(row.place, heading)
    amount = amount_in(text, currency)
    return wrong(row.place, heading, text, f"an amount in {currency}") if amount is None else amount


def _same(row: _Row) -> dict[str, Any] | Problem:
    same: dict[str, Any] = {name: row.text(column) for name, column in _REFERENCES.items()}
    text = row.text("posted_on")
    same["posted_on"] = day_in(text, month_first=row.mapping.month_first) if text else None
    if text and same["posted_on"] is None:
        return wrong(row.place, row.heading("posted_on"), text, "a day")
    text = row.text("quantity")
    same["quantity"] = quantity_in(text) if text else None
    if text and same["quantity"] is None:
        return wrong(row.place, row.heading("quantity"), text, "a quantity")
    return same
