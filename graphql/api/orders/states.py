"""The states of orders on the API."""

from enum import Enum

import strawberry


@strawberry.enum(description="Where an order stands.")
class OrderStatus(Enum):
    HELD = strawberry.enum_value("held", description="Kept from being released.")
    BACKORDERED = strawberry.enum_value("backordered", description="All of it waits for stock.")
    PARTIALLY_ALLOCATED = strawberry.enum_value(
        "partially_allocated", description="Stock is kept for a part; the rest waits."
    )
    ALLOCATED = strawberry.enum_value("allocated", description="Stock is kept for all of it.")
    IN_FULFILMENT = strawberry.enum_value("in_fulfilment", description="A location works on it.")
    PARTIALLY_SHIPPED = strawberry.enum_value("partially_shipped", description="A part has left.")
    SHIPPED = strawberry.enum_value("shipped", description="All that was not cancelled has left.")
    CANCELLED = strawberry.enum_value("cancelled", description="Nothing of it will be shipped.")


@strawberry.enum(description="Where an order's payment stands.")
class PaymentState(Enum):
    UNKNOWN = strawberry.enum_value("unknown", description="The source said nothing.")
    PENDING = strawberry.enum_value("pending", description="Not paid yet.")
    AUTHORIZED = strawberry.enum_value("authorized", description="Promised by a payment provider.")
    VOIDED = strawberry.enum_value("voided", description="The promise was taken back.")
    PAID = strawberry.enum_value("paid", description="Paid.")
    REFUNDED = strawberry.enum_value("refunded", description="Paid back.")


@strawberry.enum(description="Why an order is held.")
class OrderHoldKind(Enum):
    MANUAL = strawberry.enum_value("manual", description="By hand; unholdOrder lets it go.")
    CREDIT = strawberry.enum_value(
        "credit", description="For credit; only an approved requestCreditRelease lets it go."
    )
    PRICE = strawberry.enum_value(
        "price", description="Prices other than the list's wait for approval."
    )


@strawberry.enum(description="What may be done with an order now.")
class OrderAction(Enum):
    ALLOCATE = strawberry.enum_value("allocate", description="allocateOrder")
    RELEASE = strawberry.enum_value("release", description="releaseOrder")
    AMEND = strawberry.enum_value("amend", description="amendOrder")
    HOLD = strawberry.enum_value("hold", description="holdOrder")
    UNHOLD = strawberry.enum_value("unhold", description="unholdOrder")
    REQUEST_CREDIT_RELEASE = strawberry.enum_value(
        "request_credit_release", description="By requestCreditRelease."
    )
    CANCEL = strawberry.enum_value("cancel", description="cancelOrder")
