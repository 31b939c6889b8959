"""Outcomes of this area that the business expects."""

from domain.kernel.errors import CodeTaken, Expected


class ItemCodeTaken(CodeTaken):
    """Another item has this code. Fields: kind, value, item_id, sku."""


class BaseUnitInUse(Expected):
    """Quantities are kept in the base unit, so it can no longer change.

    Fields: item_id, base_unit, used_by (list of stock, orders, units, prices)."""


class KitOfItself(Expected):
    """The item would be among its own components, at some depth. Fields: item_id."""
