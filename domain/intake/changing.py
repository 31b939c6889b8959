"""An order and the changes of it that came since, joined to what is wanted now.

Documents in, document out: which of them came first does not matter, nor how often each did."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from domain.intake.changed_lines import Lines
from domain.intake.changes import Change, Changed
from domain.intake.document import ParsedOrder, Problem, Totals
from domain.intake.policy import content_hash

_HEADING = (
    "currency", "ship_to", "bill_to", "requested_ship_on", "requested_delivery_on",
    "cancel_after_on", "buyer_reference",
)  # fmt: skip
_SUMS = ("subtotal", "discount", "tax", "shipping", "total")


@dataclass(frozen=True, slots=True)
class Told:
    """A document about an order, and where it stands among all: message, and place in that."""

    order: ParsedOrder
    message_id: int
    position: int

    @property
    def is_change(self) -> bool:
        """Whether it needs the order that it changes, to be understood."""
        return self.order.change is not None


def joined(current: Told, others: Sequence[Told]) -> ParsedOrder:
    """What the order is, once `current` and the others are all followed; `current` itself where
    nothing is changed, or where the order is not among them.

    Of what is told twice the first counts. Changes follow in the order in which they were sent; a
    full document takes the place of all that was sent before it."""
    told = _in_order([*others, current])
    full = [n for n, each in enumerate(told) if not each.is_change]
    if not full or len(full) == len(told):
        return current.order
    start = full[-1]
    # A change belongs after its order, whatever the clock of its sender says.
    early = told[:start] if len(full) == 1 else []
    following = _Following(told[start].order)
    for each in [*early, *told[start + 1 :]]:
        following.follow(each.order, is_current=each is current)
    return following.as_of(current.order)


def _in_order(told: Sequence[Told]) -> list[Told]:
    """As they were sent, each once."""
    kept: dict[object, Told] = {}
    for each in sorted(told, key=_sent):
        kept.setdefault(_identity(each), each)
    return list(kept.values())


def _sent(told: Told) -> tuple[str, int, int, int]:
    change = told.order.change
    sequence = change.sequence if change else 0
    return told.order.sent_at or "", sequence, told.message_id, told.position


def _identity(told: Told) -> object:
    """By what a document is told from another. Without a number of its own a change, or an order
    anew, is known by when it was sent."""
    order, change = told.order, told.order.change
    actions = tuple(line.action for line in order.lines)
    said = (content_hash(order), actions, order.cancelled)
    if change is None and order.purpose == "original":
        return said
    number = change.number if change else None
    return (*said, number or order.sent_at or told.message_id)


class _Following:
    """The order as far as it was followed, and what the change at hand had to do with it."""

    def __init__(self, order: ParsedOrder) -> None:
        self._order = order
        self._touched: set[str] = set()
        self._problems: list[Problem] = []

    def follow(self, by: ParsedOrder, *, is_current: bool) -> None:
        """One change more; what of it cannot be followed is told, and left out."""
        change, order = by.change or Change(), self._order
        problems: list[Problem] = []
        if order.cancelled and not by.cancelled:
            problems.append(_cancelled_before(by))
        elif by.cancelled:
            self._order = replace(order, cancelled=True, source_status=by.source_status)
        else:
            lines = Lines(order.lines, counted=change.lines_are_counted)
            problems = (
                lines.replaced(by.lines) if change.replaces_lines else lines.changed(by.lines)
            )
            self._order = _with_heading(order, by, lines)
            if is_current:
                self._touched |= lines.touched
        if is_current:
            self._problems += problems

    def as_of(self, current: ParsedOrder) -> ParsedOrder:
        """The order as the document at hand tells it: its place, its problems, and what it has to
        do with the order."""
        order = replace(
            self._order, path=current.path, problems=(*current.problems, *self._problems)
        )
        change = current.change
        if change is None:
            return order
        whole = change.replaces_lines
        return replace(
            order,
            format=current.format,
            change=change,
            changed=Changed(
                lines=None if whole else frozenset(self._touched),
                ship_to=whole or current.ship_to is not None,
                bill_to=whole or current.bill_to is not None,
                days=whole or bool(current.requested_ship_on or current.requested_delivery_on),
            ),
        )


def _with_heading(order: ParsedOrder, by: ParsedOrder, lines: Lines) -> ParsedOrder:
    stated = {name: value for name in _HEADING if (value := getattr(by, name)) is not None}
    return replace(
        order,
        **stated,
        lines=lines.left,
        cancelled=bool(order.lines) and not lines.left,
        totals=_totals(order.totals, by.totals, is_same=lines.left == order.lines),
        total_is_net=order.total_is_net if by.totals.total is None else by.total_is_net,
        notes=(*order.notes, *(note for note in by.notes if note not in order.notes)),
    )


def _totals(old: Totals, new: Totals, *, is_same: bool) -> Totals:
    """What the change states; of what was stated before, what other quantities leave alone."""
    kept = old if is_same else Totals(discount=old.discount, shipping=old.shipping)
    pairs = {name: (getattr(new, name), getattr(kept, name)) for name in _SUMS}
    return Totals(**{name: b if a is None else a for name, (a, b) in pairs.items()})


def _cancelled_before(by: ParsedOrder) -> Problem:
    return Problem(
        "order_cancelled",
        by.path,
        f"The order {by.external_number} was cancelled before this change of it was sent.",
        "Ask the sender for a new order.",
    )
