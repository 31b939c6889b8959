"""From a document's words to our records: codes, parties, units and prices.

What is unknown is a problem with its place and its remedy, or a draft, as the channel says."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Any

from sqlalchemy.engine import Row

from domain.catalog.conversions import conversions
from domain.catalog.item_lookup import FoundItem, ItemCodeQuery, find_items
from domain.intake.document import Address, ParsedLine, ParsedOrder, Problem
from domain.intake.drafts import draft_items
from domain.intake.parties import buyer_of
from domain.intake.policy import aware, content_hash, payment_state, remaining_share
from domain.kernel.money import to_minor
from domain.kernel.quantity import QuantityNotExact, plain, to_base
from domain.kernel.work import Work
from domain.orders.capture import NewLine, NewOrder
from domain.orders.policy import GivenTotals
from domain.pricing.price_finding import PriceRequest, find_prices

PRICE_SCALE = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Mapped:
    """An order ready to be placed, or the problems that keep it from being one."""

    order: NewOrder | None
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class _Line:
    """A line with the share of it that is still wanted and what it was mapped to so far."""

    parsed: ParsedLine
    share: Decimal
    item: FoundItem
    unit: str

    @property
    def quantity(self) -> Decimal:
        return plain((self.parsed.quantity or Decimal(0)) * self.share)


async def map_order(
    work: Work, channel: Row[Any], order: ParsedOrder, *, message_id: int
) -> Mapped:
    """Map one order of a document for its channel. Problems are errors; nothing is raised."""
    party = await buyer_of(work, channel, order)
    if isinstance(party, Problem):
        return Mapped(None, (party,))
    wanted = [line for line in order.lines if _is_wanted(line)]
    if not wanted:
        return Mapped(None, (_nothing_ordered(order),))
    lines, problems = await _items(work, channel, party, wanted)
    if problems:
        return Mapped(None, tuple(problems))
    new_lines, problems = await _priced(work, channel, party, order, lines)
    if problems:
        return Mapped(None, tuple(problems))
    return Mapped(_new_order(work, channel, party, order, new_lines, message_id), ())


def _is_wanted(line: ParsedLine) -> bool:
    current = line.quantity if line.quantity_current is None else line.quantity_current
    return line.quantity is not None and line.quantity > 0 and (current or 0) > 0


def _nothing_ordered(order: ParsedOrder) -> Problem:
    return Problem(
        "nothing_ordered",
        order.path,
        "No line of the order asks for a quantity above zero.",
        "Send the order with what is wanted; a cancelled order needs nothing more.",
    )


async def _items(
    work: Work, channel: Row[Any], party_id: int | None, wanted: Sequence[ParsedLine]
) -> tuple[list[_Line], list[Problem]]:
    found = await find_items(
        work,
        codes=[_codes(line) for line in wanted],
        channel_id=channel.id,
        party_id=party_id,
    )
    if channel.on_unknown_item == "create_draft":
        missing = [line for line, item in zip(wanted, found, strict=True) if item is None]
        drafts = await draft_items(work, channel.id, missing)
        found = [
            item or drafts.get(line.external_code or "")
            for line, item in zip(wanted, found, strict=True)
        ]
    problems = [
        problem
        for line, item in zip(wanted, found, strict=True)
        if (problem := _item_problem(line, item, channel.code)) is not None
    ]
    lines = [
        _Line(line, remaining_share(line.quantity or Decimal(0), line.quantity_current), item,
              line.unit or item.unit or item.base_unit)
        for line, item in zip(wanted, found, strict=True)
        if item is not None
    ]  # fmt: skip
    return lines, problems


def _codes(line: ParsedLine) -> ItemCodeQuery:
    own = (("channel", line.external_code),) if line.external_code else ()
    return ItemCodeQuery((*own, *((code.kind, code.value) for code in line.codes)))


def _item_problem(line: ParsedLine, item: FoundItem | None, channel: str) -> Problem | None:
    if item is None:
        named = repr(line.external_code) if line.external_code else "without any code"
        return Problem(
            "unknown_item",
            line.path,
            f"No item is known here as {named} ({line.description or 'no description'}).",
            f"Give an item this code on channel {channel} (mapItemCode), then replay.",
        )
    if item.status == "discontinued":
        return Problem(
            "item_discontinued",
            line.path,
            f"The item {item.sku} is discontinued.",
            "Map the code to another item, or make this one active again, then replay.",
        )
    return None


async def _priced(
    work: Work,
    channel: Row[Any],
    party_id: int | None,
    order: ParsedOrder,
    lines: Sequence[_Line],
) -> tuple[list[NewLine], list[Problem]]:
    currency = order.currency or channel.currency
    known = await conversions(work, pairs=[(line.item.item_id, line.unit) for line in lines])
    listed = await find_prices(
        work,
        requests=[PriceRequest(li.item.item_id, li.unit, li.quantity) for li in lines],
        currency=currency,
        channel_id=channel.id,
        party_id=party_id,
        on=aware(order.ordered_at, work.now).date(),
    )
    new_lines: list[NewLine] = []
    problems: list[Problem] = []
    for line, price in zip(lines, listed, strict=True):
        conversion = known.get((line.item.item_id, line.unit))
        if conversion is None:
            problems.append(_unknown_unit(line))
            continue
        try:
            base = to_base(line.quantity, conversion)
        except QuantityNotExact as inexact:
            problems.append(_inexact(line, inexact))
            continue
        made = _new_line(line, base, price, currency, by_list=channel.price_source == "price_list")
        if isinstance(made, Problem):
            problems.append(made)
        else:
            new_lines.append(made)
    return new_lines, problems


def _new_line(
    line: _Line, base: Decimal, listed: Decimal | None, currency: str, *, by_list: bool
) -> NewLine | Problem:
    parsed = line.parsed
    given = None if by_list else parsed.unit_price
    amount = None if by_list or parsed.amount is None else parsed.amount * line.share
    if given is None and amount is not None:
        with localcontext() as context:
            context.prec = 60
            given = (amount / line.quantity).quantize(PRICE_SCALE)
    price = listed if given is None else given
    if price is None:
        return Problem(
            "price_missing",
            parsed.path,
            f"Neither the document nor a price list has a price for {line.item.sku}.",
            f"Put a price in {currency} per {line.unit} on a price list, then replay.",
        )
    return NewLine(
        item_id=line.item.item_id,
        quantity_ordered=line.quantity,
        unit=line.unit,
        quantity=base,
        unit_price=price,
        amount_minor=None if amount is None else to_minor(amount, currency),
        discount_minor=to_minor((parsed.discount or Decimal(0)) * line.share, currency),
        tax_minor=to_minor((parsed.tax or Decimal(0)) * line.share, currency),
        external_line=parsed.external_id or parsed.line_reference or str(parsed.line),
        external_code=parsed.external_code,
        description=parsed.description,
    )


def _unknown_unit(line: _Line) -> Problem:
    return Problem(
        "unknown_unit",
        line.parsed.path,
        f"The item {line.item.sku} has no unit {line.unit!r}.",
        "Say how many base units it is (setItemUnit), then replay.",
    )


def _inexact(line: _Line, inexact: QuantityNotExact) -> Problem:
    return Problem(
        "quantity_not_exact",
        line.parsed.path,
        inexact.message,
        f"Correct the conversion of {line.unit} of {line.item.sku}, or ask for another quantity.",
    )


def _new_order(
    work: Work,
    channel: Row[Any],
    party_id: int | None,
    order: ParsedOrder,
    lines: Sequence[NewLine],
    message_id: int,
) -> NewOrder:
    return NewOrder(
        channel_id=channel.id,
        entity_id=channel.entity_id,
        party_id=party_id,
        currency=order.currency or channel.currency,
        ordered_at=aware(order.ordered_at, work.now),
        lines=tuple(lines),
        ship_to=_address(order.ship_to),
        bill_to=_address(order.bill_to),
        external_id=order.external_id or order.external_number,
        external_number=order.external_number,
        source_version=order.source_version,
        content_hash=content_hash(order),
        intake_message_id=message_id,
        totals=_totals(order, channel.currency),
        prices_include_tax=bool(order.prices_include_tax),
        payment_state=payment_state(order),
    )


def _address(address: Address | None) -> dict[str, Any] | None:
    if address is None or address.is_blank:
        return None
    names = ("name", "company", "line1", "line2", "city", "region", "postal_code", "country",
             "phone", "email")  # fmt: skip
    return {name: getattr(address, name) for name in names if getattr(address, name)}


def _totals(order: ParsedOrder, otherwise: str) -> GivenTotals:
    """The document's totals; only shipping where the source took lines back since."""
    currency = order.currency or otherwise
    edited = any(
        remaining_share(line.quantity or Decimal(0), line.quantity_current) < 1
        for line in order.lines
    )
    names = ("shipping",) if edited else ("subtotal", "discount", "tax", "shipping", "total")
    stated = {name: getattr(order.totals, name) for name in names}
    return GivenTotals(
        **{
            f"{name}_minor": to_minor(value, currency)
            for name, value in stated.items()
            if value is not None
        }
    )
