"""What may be refused of invoices and payments, as typed user errors."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import strawberry

from api.ids import global_id
from api.scalars import Money, money
from api.user_errors import UserError, answers
from domain.finance.outcomes import (
    CreditTooMuch,
    CurrencyDiffers,
    DuplicateSupplierInvoice,
    NothingDue,
    NothingToBill,
    PaymentInUse,
    PaymentTooMuch,
    RefundTooMuch,
)

Fields = dict[str, Any]


def _available(*kept: str) -> Callable[[Fields], Fields]:
    def convert(fields: Fields) -> Fields:
        amount = money(int(fields["available_minor"]), fields["currency"])
        own = {name: fields[name] for name in kept}
        if "available_quantity" in fields:
            own["available_quantity"] = Decimal(fields["available_quantity"])
        return {"available": amount, **own}

    return convert


@answers(CreditTooMuch, convert=_available("line_number"))
@strawberry.type(description="More would be given back than was billed and not given back before.")
class CreditTooMuchError(UserError):
    line_number: int = strawberry.field(description="The invoice's line; 0: of the whole.")
    available: Money = strawberry.field(description="What is left of it, without tax.")
    available_quantity: Decimal = strawberry.field(description="How much is left of it.")


@answers(PaymentTooMuch, convert=_available())
@strawberry.type(description="More would be settled than is open.")
class PaymentTooMuchError(UserError):
    available: Money = strawberry.field(description="What is open.")


@answers(RefundTooMuch, convert=_available())
@strawberry.type(description="More would be paid back than was paid.")
class RefundTooMuchError(UserError):
    available: Money = strawberry.field(description="What may be paid back.")


@answers(CurrencyDiffers)
@strawberry.type(description="A payment settles only what is owed in its own currency.")
class CurrencyDiffersError(UserError):
    expected: str = strawberry.field(description="The currency of what is owed.")
    actual: str = strawberry.field(description="The currency of the payment.")


@answers(PaymentInUse)
@strawberry.type(description="A payment of which something was paid back is not reversed.")
class PaymentInUseError(UserError):
    number: str = strawberry.field(description="The payment's number.")


@answers(
    DuplicateSupplierInvoice,
    convert=lambda fields: {
        "number": fields["number"],
        "supplier_invoice_id": global_id("SupplierInvoice", int(fields["supplier_invoice_id"])),
    },
)
@strawberry.type(description="The supplier's invoice of this number is there already.")
class DuplicateSupplierInvoiceError(UserError):
    number: str = strawberry.field(description="The supplier's number.")
    supplier_invoice_id: strawberry.ID = strawberry.field(description="The invoice that is there.")


@answers(NothingToBill)
@strawberry.type(description="No goods of it have left that were not billed.")
class NothingToBillError(UserError):
    pass


@answers(NothingDue)
@strawberry.type(description="No supplier is to be paid anything by then.")
class NothingDueError(UserError):
    pass
