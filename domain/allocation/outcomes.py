"""What the business expects to go wrong when orders are placed and allocated."""

from domain.kernel.errors import Expected


class ItemUnknown(Expected):
    """No item under this code. Fields: code."""


class ItemNotSellable(Expected):
    """The item is a draft or discontinued. Fields: sku, status."""


class UnitUnknown(Expected):
    """The item is not sold in this unit. Fields: sku, unit, allowed (list of units)."""


class PriceNeedsApproval(Expected):
    """More of a line at a price other than the list's, by a caller who cannot ask for approval.
    No fields."""


class PriceMissing(Expected):
    """No price list has a price. Fields: sku, unit, currency."""


class DuplicateExternalOrder(Expected):
    """The channel's order exists already. Fields: external_id, order_id, number."""


class ChannelClosed(Expected):
    """The channel takes no orders any more. Fields: code."""


class CancellationTooMuch(Expected):
    """More is to be taken off a line than is open and not yet at work in a warehouse.

    Fields: line_number, requested, available (base units)."""


class CustomerNotActive(Expected):
    """The party is no customer, or not an active one. Fields: code, status."""


class AmountsBooked(Expected):
    """A part of the order is shipped and booked at other amounts; the books stand."""


class HoldEnded(Expected):
    """The hold has ended: released, expired, or placed as an order. Fields: hold_id, status."""


class PeriodTaken(Expected):
    """Another version is in effect in that time. Fields: code, version, effective_from,
    effective_to (ISO moments; None is for good)."""


class OverrideNotPossible(Expected):
    """The stock cannot go there. Fields: why (line_needs_less, order_has_less,
    location_has_less or kit_not_whole), requested, available (base units)."""


class KitWithoutComponents(Expected):
    """The kit that is ordered is made of nothing yet. Fields: item_id."""


class KitsNotWhole(Expected):
    """A part of a kit was asked for. Fields: requested (kits)."""


class ComponentOfKit(Expected):
    """The line is a component of a kit: the kit is changed, not one part of it.

    Fields: line_number, kit_id."""
