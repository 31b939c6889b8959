"""The chart of accounts and the posting rules that an entity's books open with, as data.

They are a beginning: an entity may rename accounts and send a leg to another one."""

from typing import NamedTuple


class AccountTemplate(NamedTuple):
    """An account of the standard chart."""

    code: str
    name: str
    kind: str


class RuleTemplate(NamedTuple):
    """At a milestone, the account (by code) that a leg goes to."""

    milestone: str
    leg: str
    account_code: str


CASH_CLEARING = AccountTemplate("1000", "Cash clearing", "asset")
RECEIVABLES = AccountTemplate("1100", "Trade receivables", "asset")
INVENTORY = AccountTemplate("1200", "Inventory", "asset")
PAYABLES = AccountTemplate("2000", "Trade payables", "liability")
GOODS_RECEIVED = AccountTemplate("2050", "Goods received, not invoiced", "liability")
TAX_PAYABLE = AccountTemplate("2200", "Tax payable", "liability")
EQUITY = AccountTemplate("3000", "Retained earnings", "equity")
REVENUE = AccountTemplate("4000", "Sales revenue", "income")
SHIPPING_REVENUE = AccountTemplate("4100", "Shipping revenue", "income")
DISCOUNTS = AccountTemplate("4900", "Discounts given", "income")
COST_OF_GOODS = AccountTemplate("5000", "Cost of goods sold", "expense")
INVENTORY_ADJUSTMENT = AccountTemplate("5100", "Inventory adjustments", "expense")

ACCOUNTS = (
    CASH_CLEARING,
    RECEIVABLES,
    INVENTORY,
    PAYABLES,
    GOODS_RECEIVED,
    TAX_PAYABLE,
    EQUITY,
    REVENUE,
    SHIPPING_REVENUE,
    DISCOUNTS,
    COST_OF_GOODS,
    INVENTORY_ADJUSTMENT,
)

RULES = (
    RuleTemplate("receipt", "inventory", INVENTORY.code),
    RuleTemplate("receipt", "goods_received", GOODS_RECEIVED.code),
    RuleTemplate("adjustment", "inventory", INVENTORY.code),
    RuleTemplate("adjustment", "inventory_adjustment", INVENTORY_ADJUSTMENT.code),
    RuleTemplate("shipment_cost", "cost_of_goods", COST_OF_GOODS.code),
    RuleTemplate("shipment_cost", "inventory", INVENTORY.code),
    RuleTemplate("shipment_revenue", "receivable", RECEIVABLES.code),
    RuleTemplate("shipment_revenue", "revenue", REVENUE.code),
    RuleTemplate("shipment_revenue", "shipping", SHIPPING_REVENUE.code),
    RuleTemplate("shipment_revenue", "discount", DISCOUNTS.code),
    RuleTemplate("shipment_revenue", "tax", TAX_PAYABLE.code),
)
