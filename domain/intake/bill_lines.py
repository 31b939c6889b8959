"""What the lines of a supplier's invoice bill, as lines of its orders or as something else."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from sqlalchemy.engine import Row

from domain.finance.taking_in import BilledLine
from domain.intake.bill_parties import Concerned
from domain.intake.bill_problems import quantity_missing, unit_unknown
from domain.intake.document import Problem
from domain.intake.formats.invoiced.invoice import Adjustment, InvoicedLine, ParsedInvoice
from domain.intake.formats.supplying.words import SentRow
from domain.intake.formats.x12.codes import FREIGHT_CHARGES
from domain.intake.supplier_lines import items_meant, own_unit, told_lines
from domain.inventory.goods import Goods, goods_of
from domain.kernel.errors import Expected, Refusal
from domain.kernel.money import share, to_minor
from domain.kernel.work import Work
from domain.procurement.rows import lines_of_orders

ONE = Decimal(1)
GOODS, PRICE, OTHER, LANDED, ROUNDING = "goods", "price", "other", "landed_cost", "rounding"
# Charges that bring goods here (UNTDID 7161 and X12 1300); others are told by their words.
_FREIGHT = FREIGHT_CHARGES | {"FC", "DL", "ABK", "AAS", "HD", "SH", "ADR"}
_FREIGHT_WORDS = ("freight", "shipping", "delivery", "transport", "fracht", "versand", "porto")
LONGEST = 255


@dataclass(frozen=True, slots=True)
class _Meant:
    """A line of the invoice, and of an order if it is of one."""

    told: InvoicedLine
    order: Row[Any] | None = None
    line: Row[Any] | None = None


async def billed_lines(
    work: Work, channel: Row[Any], invoice: ParsedInvoice, whose: Concerned, currency: str
) -> tuple[list[BilledLine], list[Problem]]:
    """What is billed, line by line, with what is billed beside the lines; allowances of the whole
    are shared over the lines. What is given back comes last. Or what is not known here."""
    meant, problems = await _all_meant(work, channel, invoice, whose)
    goods = await goods_of(work, {each.line.item_id for each in meant if each.line is not None})
    nets = _nets(invoice, currency)
    lines = []
    for each, net in zip(meant, nets, strict=True):
        try:
            lines.append(_billed(each, net, goods, is_credit=invoice.is_credit))
        except (Expected, Refusal) as refusal:
            problems.append(unit_unknown(each.told, refusal))
        except ValueError:
            problems.append(quantity_missing(each.told))
    lines += _beside(invoice, currency, lines)
    told = [_signed(line) for line in lines if line.net_minor or line.order_line_number]
    if invoice.is_credit:
        told = [_given(line) for line in told]
    told.sort(key=lambda line: line.quantity < 0)
    return told, problems


async def _all_meant(
    work: Work, channel: Row[Any], invoice: ParsedInvoice, whose: Concerned
) -> tuple[list[_Meant], list[Problem]]:
    """Each line with the order's line that it bills, in the order of the document. A document that
    names no order may bill what it likes of the one that it corrects."""
    orders = {order.id: order for order in whose.orders.values()}
    found = [(line, whose.order_of(line.order)) for line in invoice.lines]
    of_orders = [(_row(line), order) for line, order in found if order is not None]
    rows = [row for row, _ in of_orders]
    item_ids = await items_meant(work, channel, whose.supplier_id, rows)
    every = await lines_of_orders(work, orders)
    by_order: dict[int, list[tuple[SentRow, int | None]]] = defaultdict(list)
    for (row, order), item_id in zip(of_orders, item_ids, strict=True):
        by_order[order.id].append((row, item_id))
    told = {line.path: line for line in invoice.lines}
    meant = {path: _Meant(line) for path, line in told.items()}
    problems: list[Problem] = []
    for order_id, own in by_order.items():
        order, (rows_of_order, items) = orders[order_id], zip(*own, strict=True)
        known, unknown = told_lines(order, every[order_id], rows_of_order, items)
        meant |= {row.path: _Meant(told[row.path], order, line) for line, row in known}
        problems += unknown if whose.is_ordered else []
    return list(meant.values()), problems


def _row(line: InvoicedLine) -> SentRow:
    quantity = line.quantity or ONE
    return SentRow(path=line.path, line=line.order_line, codes=line.codes, quantity=quantity)


def _nets(invoice: ParsedInvoice, currency: str) -> list[int]:
    """What each line comes to, in minor units: less its share of the allowances of the whole."""
    nets = [to_minor(line.amount or Decimal(0), currency) for line in invoice.lines]
    allowed = sum(to_minor(each.amount, currency) for each in _allowances(invoice))
    weights = [Decimal(max(net, 0)) for net in nets]
    if 0 < allowed <= sum(weights):
        parts = share(allowed, weights)
        return [net - part for net, part in zip(nets, parts, strict=True)]
    return nets


def _allowances(invoice: ParsedInvoice) -> list[Adjustment]:
    return [each for each in invoice.adjustments if not each.is_charge]


def _billed(
    meant: _Meant, net_minor: int, goods: Mapping[int, Goods], *, is_credit: bool
) -> BilledLine:
    """One line. Raises ValueError when it does not say how much of an order is billed, and what
    the item's units refuse."""
    told, line = meant.told, meant.line
    described = _described(told.description)
    if line is None or meant.order is None:
        quantity = abs(told.quantity or ONE) or ONE
        return BilledLine(net_minor=net_minor, quantity=quantity, kind=OTHER, description=described)
    if not told.quantity:
        raise ValueError("no quantity")
    own = goods[line.item_id]
    base = own.in_base(told.quantity, own_unit(told.unit, line, own), path=("quantity",))
    return BilledLine(
        net_minor=net_minor,
        quantity=base,
        is_base=True,
        order_line_number=line.line_number,
        purchase_order_id=meant.order.id,
        kind=PRICE if is_credit and _is_of_price(told, line, base) else GOODS,
        description=described,
    )


def _is_of_price(told: InvoicedLine, line: Row[Any], base: Decimal) -> bool:
    """Whether a credit is for the price of goods that stay: it is less than half of what they were
    ordered at."""
    ordered: Decimal = line.unit_price * line.quantity_ordered / line.quantity * base
    return (told.amount or Decimal(0)) * 2 < ordered


def _beside(invoice: ParsedInvoice, currency: str, lines: Sequence[BilledLine]) -> list[BilledLine]:
    """What is billed beside the lines: charges, claims of others, allowances that no line bears,
    all of an invoice without lines, and the rounding, by which the whole comes to what is to be
    paid."""
    found = [
        BilledLine(
            net_minor=to_minor(each.amount, currency),
            kind=LANDED if _is_freight(each) else OTHER,
            description=_described(each.reason or each.code),
        )
        for each in invoice.adjustments
        if each.is_charge
    ]
    totals = invoice.totals
    third = to_minor(totals.third_party or Decimal(0), currency)
    if third:
        found.append(BilledLine(net_minor=third, kind=OTHER, description="Claims of others"))
    net = to_minor(totals.net or Decimal(0), currency)
    left = net + third - sum(line.net_minor for line in (*lines, *found))
    if left:
        found.append(BilledLine(net_minor=left, kind=OTHER, description=None))
    rounding = total_minor(invoice, currency) - net - third
    rounding -= to_minor(totals.tax or Decimal(0), currency)
    if rounding:
        found.append(BilledLine(net_minor=rounding, kind=ROUNDING, description="Rounding"))
    return found


def total_minor(invoice: ParsedInvoice, currency: str) -> int:
    """What is owed in all, whatever was prepaid of it, in minor units."""
    totals = invoice.totals
    return to_minor((totals.payable or Decimal(0)) + (totals.prepaid or Decimal(0)), currency)


def _is_freight(charge: Adjustment) -> bool:
    words = (charge.reason or "").casefold()
    return charge.code in _FREIGHT or any(each in words for each in _FREIGHT_WORDS)


def _signed(line: BilledLine) -> BilledLine:
    """The quantity with the sign of the amount: what is billed for less than nothing is given
    back."""
    if line.net_minor * line.quantity >= 0:
        return line
    return replace(line, quantity=-line.quantity)


def _given(line: BilledLine) -> BilledLine:
    return replace(line, net_minor=-line.net_minor, quantity=-line.quantity)


def _described(told: str | None) -> str | None:
    """The supplier's words on one line."""
    words = " ".join("".join(c if c.isprintable() else " " for c in told or "").split())
    return words[:LONGEST].strip() or None
