"""Why a supplier's invoice waits, and what mends it."""

from domain.intake.document import Problem
from domain.intake.formats.invoiced.invoice import InvoicedLine, ParsedInvoice
from domain.kernel.errors import Expected, Refusal
from domain.kernel.quantity import plain


def unknown_supplier(invoice: ParsedInvoice, channel_code: str) -> Problem:
    """Nobody is known by what the invoice says of who bills."""
    named = ", ".join(map(repr, (*invoice.seller.codes, *invoice.seller.names))) or "nothing"
    return Problem(
        "unknown_supplier",
        invoice.path,
        f"No supplier is known by {named}.",
        "Give the supplier one of these codes (mapPartyCode), or make it the default party of the "
        f"channel {channel_code}, then replay.",
    )


def of_another(invoice: ParsedInvoice, order: str) -> Problem:
    """The order is of another supplier."""
    named = ", ".join(map(repr, invoice.seller.codes)) or "nobody"
    return Problem(
        "unknown_supplier",
        invoice.path,
        f"The order {order} is of another supplier than the invoice's ({named}).",
        "Give the supplier one of these codes (mapPartyCode), or ask which order is meant, then "
        "replay.",
    )


def unknown_order(path: str, order: str) -> Problem:
    """No such order was sent to the supplier."""
    return Problem(
        "unknown_purchase_order",
        path,
        f"No purchase order {order} was sent to the supplier.",
        "Ask the supplier which order is meant; or record the invoice by hand "
        "(recordSupplierInvoice), then replay: it is known then.",
    )


def orders_apart(invoice: ParsedInvoice) -> Problem:
    """Its orders are of several legal entities."""
    return Problem(
        "orders_of_several_entities",
        invoice.path,
        "It bills orders of several legal entities.",
        "Ask the supplier for an invoice to each of them.",
    )


def other_entity(invoice: ParsedInvoice, buyer: str) -> Problem:
    """It is addressed to another legal entity than the one that ordered."""
    return Problem(
        "other_entity",
        invoice.path,
        f"It is addressed to {buyer}, and another legal entity ordered.",
        "Ask the supplier to bill who ordered.",
    )


def unknown_invoice(invoice: ParsedInvoice) -> Problem:
    """What a credit note gives back of is not here."""
    return Problem(
        "unknown_invoice",
        invoice.path,
        f"The supplier's invoice {', '.join(invoice.corrects)} is not here.",
        "Take that invoice in, then replay.",
    )


def quantity_missing(line: InvoicedLine) -> Problem:
    """A line of an order that does not say how much."""
    return Problem(
        "quantity_missing",
        line.path,
        "The line does not say how much of the order is billed.",
        "Ask the supplier for an invoice with quantities.",
    )


def unit_unknown(line: InvoicedLine, refused: Expected | Refusal) -> Problem:
    """A quantity that cannot be told in our units."""
    quantity = "" if line.quantity is None else f"{plain(line.quantity):f}"
    return Problem(
        "unit_unknown",
        line.path,
        f"{quantity} {line.unit}: {refused.message}",
        "Give the item this unit with its conversion, then replay.",
    )


def prepaid(invoice: ParsedInvoice) -> Problem:
    """The supplier says that a part was paid."""
    return Problem(
        "prepaid_stated",
        invoice.path,
        f"The supplier says that {invoice.totals.prepaid:f} was paid beforehand.",
        "Record or apply that payment before the rest is paid.",
        "warning",
    )


def number_used(invoice: ParsedInvoice) -> Problem:
    """Another invoice has the number."""
    return Problem(
        "number_used",
        invoice.path,
        f"The supplier's number {invoice.number} is here already, with other figures.",
        "Ask the supplier which is right; reject the other, then replay.",
    )


def refused(invoice: ParsedInvoice, refusal: Expected | Refusal) -> Problem:
    """What the books say no to."""
    place = "".join(f"/{each}" for each in getattr(refusal, "path", None) or ())
    return Problem(
        "supplier_invoice_refused",
        invoice.path,
        f"{invoice.number}: {refusal.message}" + (f" ({place})" if place else ""),
        "Mend what it says, or settle it with the supplier, then replay.",
    )
