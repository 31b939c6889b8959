"""Notifications of Amazon (push, by queue or event bus): what changed, seldom a whole order.

One about an order names it and its state, but neither prices nor address: it is not an order. That
an order was cancelled needs no more than its name, and is taken as that."""

from domain.intake.document import ParsedOrder, Problem, Reading
from domain.intake.formats.excerpts import excerpt
from domain.intake.formats.json_fields import Field
from domain.intake.formats.moments import version_of
from domain.intake.formats.recognition import not_an_order, orders_reading

_ABOUT_ORDERS = ("OrderChangeNotification", "OrderStatusChangeNotification")
_CANCELLED = ("canceled", "cancelled")


def read(root: Field) -> Reading | None:
    """The reading of a notification; None if the document is none."""
    notice = root.within("detail") if root.has("detail", "detail-type") else root
    name = notice.note("NotificationType", "notificationType")
    if name is None or not notice.has_any("Payload", "payload"):
        return None
    shown = excerpt(name, 40)
    format, what = f"amazon.notification.{shown.lower()}", f"an Amazon notification ({shown})"
    about = _about(notice)
    if about is None:
        return not_an_order(format, what)
    if _status(about).lower() in _CANCELLED and about.note("AmazonOrderId"):
        return orders_reading(format, [_cancellation(format, notice, about)])
    refused = not_an_order(format, what)
    told = (_to_fetch(about), *_requests(about))
    return Reading(refused.format, refused.kind, problems=(*refused.problems, *told))


def _about(notice: Field) -> Field | None:
    payload = notice.within("Payload" if notice.has("Payload") else "payload")
    found = (payload.within(name) for name in _ABOUT_ORDERS)
    return next((field for field in found if field.is_object), None)


def _status(about: Field) -> str:
    return about.within("Summary").note("OrderStatus") or about.note("OrderStatus") or ""


def _cancellation(format: str, notice: Field, about: Field) -> ParsedOrder:
    number = about.text("AmazonOrderId")
    changed_at = about.member("OrderChangeTrigger").moment("TimeOfOrderChange")
    version = version_of(changed_at or notice.moment("EventTime", "eventTime"))
    return ParsedOrder(
        format=format,
        path=about.path,
        external_number=number,
        external_id=number,
        purpose="cancel",
        payment_state="voided",
        cancelled=True,
        source_status=_status(about),
        source_version=version,
        problems=tuple(about.problems),
    )


def _to_fetch(about: Field) -> Problem:
    number, status = excerpt(about.note("AmazonOrderId") or "?", 40), excerpt(_status(about), 40)
    return Problem(
        "order_to_fetch",
        about.path,
        f"The order {number} changed (now {status or 'unknown'}); what it is now is not told.",
        "Fetch it (getOrder and getOrderItems) and send it here.",
        "warning",
    )


def _requests(about: Field) -> list[Problem]:
    """A warning for each line whose buyer asks that it be cancelled."""
    rows = about.within("Summary").within("OrderItems").each()
    return [
        Problem(
            "cancellation_requested",
            row.path,
            f"The buyer asks to cancel the line {excerpt(row.note('OrderItemId') or '?', 40)}.",
            "Cancel it here and at Amazon, or ship it.",
            "warning",
        )
        for row in rows
        if row.flag("IsBuyerRequestedCancel")
    ]
