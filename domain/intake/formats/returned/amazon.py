"""Returns of Amazon that a merchant's own warehouse takes in (External Fulfillment Returns API)."""

from collections.abc import Iterator
from decimal import Decimal

from domain.intake.formats.json_fields import Field
from domain.intake.formats.returned.notice import ReturnedRow, ReturnNotice


def read(field: Field) -> Iterator[ReturnNotice]:
    """The return of an Amazon object, if it is one."""
    external_id = field.text("id")
    if external_id is None or not field.has("returnMetadata", "merchantSku"):
        return
    about = field.member("returnMetadata")
    channel = field.member("marketplaceChannelDetails")
    tracking = field.member("returnShippingInfo").member("reverseTrackingInfo")
    yield ReturnNotice(
        format="amazon.external_return",
        path=field.path,
        external_id=external_id,
        order_id=channel.text("customerOrderId"),
        rows=(
            ReturnedRow(
                path=field.path,
                quantity=field.number("numberOfUnits") or Decimal(1),
                code=field.text("merchantSku"),
            ),
        ),
        reason=about.text("returnReason"),
        reference=about.text("rmaId"),
        carrier=tracking.text("carrierName"),
        tracking_number=tracking.text("trackingId"),
        is_cancelled=field.text("status") == "CANCELLED",
    )
