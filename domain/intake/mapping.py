"""From a document's words to our records: codes, parties, units and prices.

What is unknown is a problem with its place and its remedy, or a draft, as the channel says."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from sqlalchemy.engine import Row

from domain.entities.party_lookup import early_delivery_allowed
from domain.intake.document import Address, ParsedOrder, Problem, Totals, has_errors
from domain.intake.formats.ordered.figures import FIGURES, TOTAL_DIFFERS
from domain.intake.line_items import item_lines, not_offered, skipped_lines, wanted_lines
from domain.intake.line_pricing import LARGEST_AMOUNT, Terms, priced_lines
from domain.intake.parties import buyer_of
from domain.intake.policy import (
    aware,
    content_hash,
    is_withdrawn,
    payment_state,
    quantity_wanted,
)
from domain.kernel.iso import CURRENCIES
from domain.kernel.money import to_minor
from domain.kernel.work import Work
from domain.orders.capture import NewLine, NewOrder
from domain.orders.policy import GivenTotals
from domain.orders.wanted import with_wanted_days

TEST_ORDER = "marked as a test by its source"
FIGURES_DIFFER = "its figures do not agree with each other"


@dataclass(frozen=True, slots=True)
class Mapped:
    """An order ready to be placed, or the problems that keep it from being one.

    Beside an order there are only warnings."""

    order: NewOrder | None
    problems: tuple[Problem, ...]


async def map_order(
    work: Work,
    channel: Row[Any],
    order: ParsedOrder,
    *,
    message_id: int,
    agreed: Collection[int] = (),
) -> Mapped:
    """Map one order of a document for its channel. What is unknown, or not offered to the customer
    and not `agreed` before (item ids), is told as problems."""
    currency = order.currency or channel.currency
    found = _faults(order, currency)
    party = await buyer_of(work, channel, order)
    if isinstance(party, Problem):
        found.append(party)
    if has_errors(found):
        return Mapped(None, tuple(found))
    party_id = None if isinstance(party, Problem) else party
    lines, problems = await item_lines(work, channel, party_id, wanted_lines(order))
    problems += await not_offered(work, channel, party_id, lines, agreed=agreed)
    if problems:
        return Mapped(None, (*found, *problems))
    terms = Terms(
        channel_id=channel.id,
        party_id=party_id,
        currency=currency,
        on=aware(order.ordered_at, work.now).date(),
        by_list=channel.price_source == "price_list",
    )
    new_lines, problems = await priced_lines(work, lines, terms)
    if problems:
        return Mapped(None, (*found, *problems))
    made = _new_order(work, channel, order, terms, new_lines, message_id)
    return Mapped(await _as_wanted(work, order, made), tuple(found))


async def _as_wanted(work: Work, order: ParsedOrder, made: NewOrder) -> NewOrder:
    """The order with the days that the document asks for; the customer's record says whether it
    may be there before."""
    there, leaving = order.requested_delivery_on, order.requested_ship_on
    lines = with_wanted_days(made.lines, wanted_on=there, wanted_ship_on=leaving)
    if not any(line.wanted_on or line.wanted_ship_on for line in lines):
        return made
    party = made.party_id
    early = party is None or await early_delivery_allowed(work, party)
    return replace(
        made,
        lines=lines,
        wanted_on=there,
        wanted_ship_on=leaving,
        early_delivery_allowed=early,
    )


def _faults(order: ParsedOrder, currency: str) -> list[Problem]:
    """What is wrong with an order whatever we know, and the warnings."""
    found = skipped_lines(order)
    if not wanted_lines(order):
        found.append(_nothing_ordered(order))
    if currency not in CURRENCIES:
        found.append(_unknown_currency(order, currency))
    if any(abs(amount) > LARGEST_AMOUNT for amount in _stated(order.totals).values()):
        found.append(_out_of_range(order))
    if order.is_test:
        found.append(_only_a_test(order))
    return found


def _new_order(
    work: Work,
    channel: Row[Any],
    order: ParsedOrder,
    terms: Terms,
    lines: Sequence[NewLine],
    message_id: int,
) -> NewOrder:
    return NewOrder(
        channel_id=channel.id,
        entity_id=channel.entity_id,
        party_id=terms.party_id,
        currency=terms.currency,
        ordered_at=aware(order.ordered_at, work.now),
        lines=tuple(lines),
        ship_to=_address(order.ship_to),
        bill_to=_address(order.bill_to),
        external_id=order.external_id or order.external_number,
        external_number=order.external_number,
        source_version=order.source_version,
        content_hash=content_hash(order),
        intake_message_id=message_id,
        totals=_given_totals(order, terms),
        prices_include_tax=bool(order.prices_include_tax),
        payment_state=payment_state(order),
        hold_reason=_hold_reason(order),
    )


def _hold_reason(order: ParsedOrder) -> str | None:
    if order.is_test:
        return TEST_ORDER
    return FIGURES_DIFFER if _has_problem(order, FIGURES) else None


def _has_problem(order: ParsedOrder, codes: Collection[str]) -> bool:
    return any(problem.code in codes for problem in order.problems)


def _address(address: Address | None) -> dict[str, Any] | None:
    if address is None or address.is_blank:
        return None
    names = [field.name for field in fields(address)]
    return {name: getattr(address, name) for name in names if getattr(address, name)}


def _stated(totals: Totals) -> dict[str, Any]:
    named = {field.name: getattr(totals, field.name) for field in fields(totals)}
    return {name: value for name, value in named.items() if value is not None}


def _given_totals(order: ParsedOrder, terms: Terms) -> GivenTotals:
    """The document's totals, as far as they are of what is booked.

    Where the source took lines back since, only shipping is; where our price list rules, tax is
    too. A total that leaves tax out, or is not what the lines come to, is none of it."""
    edited = not is_withdrawn(order) and any(
        quantity_wanted(line) < (line.quantity or 0) for line in order.lines
    )
    valid = {"shipping"} if edited else {"shipping", "tax"}
    if not (edited or terms.by_list):
        valid |= {"subtotal", "discount", "total"}
    if order.total_is_net or _has_problem(order, (TOTAL_DIFFERS,)):
        valid -= {"subtotal", "total"}
    return GivenTotals(
        **{
            f"{name}_minor": to_minor(value, terms.currency)
            for name, value in _stated(order.totals).items()
            if name in valid
        }
    )


def _nothing_ordered(order: ParsedOrder) -> Problem:
    return Problem(
        "nothing_ordered",
        order.path,
        "No line of the order asks for a quantity above zero.",
        "Send the order with what is wanted; a cancelled order needs nothing more.",
    )


def _unknown_currency(order: ParsedOrder, currency: str) -> Problem:
    message = f"{currency!r} is not a currency of ISO 4217."
    return Problem("currency_unknown", order.path, message, "Have the source correct it.")


def _out_of_range(order: ParsedOrder) -> Problem:
    message = f"A total of the order is beyond {LARGEST_AMOUNT:f}."
    return Problem("amount_out_of_range", order.path, message, "Have the source correct it.")


def _only_a_test(order: ParsedOrder) -> Problem:
    message = "The source marks the order as a test: it is held and will not ship by itself."
    return Problem("test_order", order.path, message, "Cancel it, or take it off hold.", "warning")
