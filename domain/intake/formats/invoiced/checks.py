"""Whether the figures of an invoice agree: the rules BR-CO-10 to BR-CO-17 of EN 16931, whatever the
invoice is written in. Values in, problems out."""

from collections.abc import Iterator
from dataclasses import fields, replace
from decimal import Decimal

from domain.intake.document import Problem
from domain.intake.formats.invoiced.invoice import (
    ZERO,
    InvoicedLine,
    ParsedInvoice,
    TaxPart,
    Totals,
)
from domain.kernel.iso import CURRENCIES
from domain.kernel.money import exponent

LARGEST = Decimal(10) ** 12
# As far as a line may be off its price, and a tax off its rate: what rounding explains.
LINE_TOLERANCE = Decimal("0.02")
TAX_TOLERANCE = Decimal(1)
HUNDRED = Decimal(100)
MEND = "Ask the supplier to correct the figures and to send the document again."


def checked(invoice: ParsedInvoice) -> ParsedInvoice:
    """The invoice with totals worked out where it does not state them, and a problem for whatever
    it lacks or states otherwise than its own figures come to."""
    beyond = tuple(_out_of_range(invoice))
    if beyond:
        return replace(invoice, problems=(*invoice.problems, *beyond))
    worked = _worked_out(invoice)
    found = [*_lacking(invoice), *_lines_off(invoice), *_totals_off(invoice, worked)]
    found += [each for part in invoice.taxes if (each := _tax_off(part)) is not None]
    stated = invoice.totals
    totals = Totals(
        **{
            name: getattr(stated, name) if getattr(stated, name) is not None else value
            for name, value in worked.items()
        }
    )
    return replace(invoice, totals=totals, problems=(*invoice.problems, *found))


def _worked_out(invoice: ParsedInvoice) -> dict[str, Decimal]:
    """What each total comes to, by what the others state."""
    told = invoice.totals
    lines = sum((line.amount or ZERO for line in invoice.lines), ZERO)
    allowances = sum((a.amount for a in invoice.adjustments if not a.is_charge), ZERO)
    charges = sum((a.amount for a in invoice.adjustments if a.is_charge), ZERO)
    tax = sum((part.amount for part in invoice.taxes), ZERO)
    if not invoice.taxes and told.tax is not None:
        tax = told.tax
    if not invoice.lines:
        # Without lines (a minimum of an invoice) only the whole is told.
        lines = told.lines if told.lines is not None else (told.net or ZERO) + allowances - charges
    net = _or(told.lines, lines) - _or(told.allowances, allowances) + _or(told.charges, charges)
    gross = _or(told.net, net) + _or(told.tax, tax)
    rounding, prepaid, third = told.rounding or ZERO, told.prepaid or ZERO, told.third_party or ZERO
    if told.gross is not None and rounding and told.gross == gross + rounding:
        # Older profiles round what is with tax, and not what is to be paid.
        gross, rounding = told.gross, ZERO
    if not invoice.lines and told.prepaid is None and None not in (told.gross, told.payable):
        prepaid = _or(told.gross, ZERO) - _or(told.payable, ZERO)
    return {
        "lines": lines,
        "allowances": allowances,
        "charges": charges,
        "net": net,
        "tax": tax,
        "gross": gross,
        "prepaid": prepaid,
        "rounding": rounding,
        "third_party": third,
        "payable": _or(told.gross, gross) - prepaid + rounding + third,
    }


def _or(stated: Decimal | None, otherwise: Decimal) -> Decimal:
    return otherwise if stated is None else stated


def _out_of_range(invoice: ParsedInvoice) -> Iterator[Problem]:
    """Amounts and quantities that nobody means, and that could not be kept."""
    told = [(line.path, line.amount) for line in invoice.lines]
    told += [(line.path, line.quantity) for line in invoice.lines]
    told += [(line.path, line.price) for line in invoice.lines]
    told += [(each.path, each.amount) for each in invoice.adjustments]
    told += [(part.path, part.amount) for part in invoice.taxes]
    whole = f"{invoice.path} totals"
    told += [(whole, getattr(invoice.totals, each.name)) for each in fields(Totals)]
    for path, value in told:
        if value is not None and abs(value) > LARGEST:
            message = f"A figure is beyond {LARGEST:f}."
            yield Problem("amount_out_of_range", path, message, MEND)


_RULES = {
    "lines": ("BR-CO-10", "The sum of the lines"),
    "allowances": ("BR-CO-11", "The sum of the allowances"),
    "charges": ("BR-CO-12", "The sum of the charges"),
    "net": ("BR-CO-13", "The lines less allowances and with charges"),
    "tax": ("BR-CO-14", "The sum of the taxes"),
    "gross": ("BR-CO-15", "The total with tax"),
    "payable": ("BR-CO-16", "The total with tax, less what was prepaid and with rounding,"),
}


def _totals_off(invoice: ParsedInvoice, worked: dict[str, Decimal]) -> Iterator[Problem]:
    for name, (rule, what) in _RULES.items():
        stated = getattr(invoice.totals, name)
        if stated is not None and stated != worked[name]:
            message = f"{what} comes to {worked[name]:f}, and {stated:f} is stated ({rule})."
            yield Problem(f"{name}_total_differs", f"{invoice.path} totals", message, MEND)


def _lines_off(invoice: ParsedInvoice) -> Iterator[Problem]:
    for line in invoice.lines:
        if line.amount is None:
            message = "The line does not say what is billed for it."
            yield Problem("amount_missing", line.path, message, MEND)
            continue
        expected = _expected(line)
        if expected and all(abs(each - line.amount) > LINE_TOLERANCE for each in expected):
            message = (
                f"The quantity at its price comes to {_short(expected[0])}, and {line.amount:f} "
                "is billed."
            )
            yield Problem("line_amount_differs", line.path, message, MEND)


def _expected(line: InvoicedLine) -> tuple[Decimal, ...]:
    """What a line should come to: with its allowances and charges, or where these are in its price
    already; nothing where it does not say how much at which price."""
    if line.quantity is None or line.price is None:
        return ()
    whole = line.quantity * line.price / line.price_basis
    return whole + sum((each.signed for each in line.adjustments), ZERO), whole


def _tax_off(part: TaxPart) -> Problem | None:
    if part.taxable is None or part.rate is None:
        return None
    expected = part.taxable * part.rate / HUNDRED
    if abs(expected - part.amount) < TAX_TOLERANCE:
        return None
    message = (
        f"{part.rate:f} % of {part.taxable:f} is {_short(expected)}, and {part.amount:f} is "
        "stated (BR-CO-17)."
    )
    return Problem("tax_amount_differs", part.path, message, MEND)


def _short(value: Decimal) -> str:
    return f"{value.quantize(Decimal('0.01')):f}"


def _lacking(invoice: ParsedInvoice) -> Iterator[Problem]:
    """What no invoice is without."""
    path, told = invoice.path, invoice.totals
    if not invoice.number:
        yield _missing("invoice_number_missing", path, "It has no number (BR-02).")
    if invoice.issued_on is None:
        yield _missing("invoice_date_missing", path, "It has no date of issue (BR-03).")
    if invoice.currency is None:
        return
    if invoice.currency not in CURRENCIES:
        message = f"{invoice.currency[:10]!r} is not a currency of ISO 4217 (BR-05)."
        yield _missing("currency_unknown", path, message)
    if told.payable is None and told.gross is None and told.net is None and told.lines is None:
        yield _missing("total_missing", path, "It does not say what it comes to (BR-14).")
    elif not invoice.lines and not (told.gross or told.net):
        yield _missing("lines_missing", path, "It bills nothing (BR-16).")
    yield from _too_exact(invoice)


def _too_exact(invoice: ParsedInvoice) -> Iterator[Problem]:
    """Amounts with more decimals than the currency has cannot be booked."""
    unit = Decimal(1).scaleb(-exponent(invoice.currency or ""))
    amounts = [(line.path, line.amount) for line in invoice.lines]
    amounts += [(each.path, each.amount) for each in invoice.adjustments]
    whole = f"{invoice.path} totals"
    amounts += [(whole, invoice.totals.tax), (whole, invoice.totals.gross)]
    for path, amount in amounts:
        if amount is not None and amount % unit:
            message = f"{amount:f} has more decimals than {invoice.currency} has."
            yield Problem("amount_too_exact", path, message, MEND)


def _missing(code: str, path: str, message: str) -> Problem:
    return Problem(code, path, message, "Ask the supplier to send the document whole.")
