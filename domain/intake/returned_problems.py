"""What keeps a document of a return from being booked, and how to mend it."""

from domain.intake.document import Problem
from domain.intake.formats.returned.notice import ReturnedRow, ReturnNotice


def refused(notice: ReturnNotice, code: str, why: str) -> Problem:
    """More would come back, or be credited, than was shipped and billed."""
    return Problem(
        code,
        notice.path,
        f"It cannot be booked as it is told: {why}",
        "Ship the order or settle its other returns, then replay.",
    )


def unknown_order(notice: ReturnNotice) -> Problem:
    """Its order is not here."""
    return Problem(
        "order_unknown",
        notice.path,
        f"The order {notice.order_id!r} that it is of is not here.",
        "Nothing is to be done if the order comes later: it is read again then.",
    )


def unknown_line(row: ReturnedRow) -> Problem:
    """Its order has no such line."""
    return Problem(
        "line_unknown",
        row.path,
        f"The order has no line {row.line!r} with {row.code!r}.",
        "Compare it with the order; take the goods back by hand, if they are of it.",
    )


def other_money(notice: ReturnNotice) -> Problem:
    """Money that is for neither goods nor shipping."""
    return Problem(
        "other_amount",
        notice.path,
        f"{notice.other} was paid back beside goods and shipping: it is not booked here.",
        "Grant it by hand if it is to be in the books.",
        "warning",
    )


def other_currency(notice: ReturnNotice, currency: str) -> Problem:
    """The money is of another currency than the order's."""
    return Problem(
        "currency_changed",
        notice.path,
        f"The order is in {currency}; the document says {notice.currency}.",
        "Agree it with the source, then credit the return by hand.",
    )


def cancelled(notice: ReturnNotice) -> Problem:
    """The channel takes it back."""
    return Problem(
        "return_cancelled",
        notice.path,
        "The channel has cancelled this return.",
        "Cancel the return here, if it is open.",
        "warning",
    )


def nothing_told(notice: ReturnNotice) -> Problem:
    """There is nothing in it to be booked."""
    return Problem(
        "nothing_returned",
        notice.path,
        "It tells of no goods that were sent, and of no shipping.",
        "Nothing was made of it.",
        "warning",
    )
