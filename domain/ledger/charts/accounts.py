"""The accounts that every entity's books have, by their role, and what each template calls them.

A role is what the posting rules mean ("receivables"); code and name are the chart's. An entity may
rename accounts, give roles to accounts of its own chart, and send legs elsewhere by rules."""

from typing import NamedTuple


class Label(NamedTuple):
    """What a chart calls an account."""

    code: str
    name: str


class StandardAccount(NamedTuple):
    """An account by its role; `kind` is asset, liability, equity, income or expense."""

    role: str
    kind: str
    us_gaap: Label
    ifrs: Label


def standard(
    role: str, kind: str, us_gaap: tuple[str, str], ifrs: tuple[str, str]
) -> StandardAccount:
    """One row of the table below."""
    return StandardAccount(role, kind, Label(*us_gaap), Label(*ifrs))


_ASSETS = (
    standard("cash_clearing", "asset", ("1000", "Cash clearing"), ("1810", "Cash in transit")),
    standard("bank", "asset", ("1010", "Bank"), ("1800", "Cash and cash equivalents")),
    standard(
        "channel_clearing",
        "asset",
        ("1050", "Channel and payment clearing"),
        ("1820", "Clearing with channels and payment providers"),
    ),
    standard(
        "channel_reserve",
        "asset",
        ("1060", "Withheld by channels"),
        ("1825", "Withheld by channels"),
    ),
    standard("receivables", "asset", ("1100", "Trade receivables"), ("1600", "Trade receivables")),
    standard("unbilled", "asset", ("1150", "Shipped, not invoiced"), ("1610", "Contract assets")),
    standard(
        "intercompany_receivable",
        "asset",
        ("1180", "Due from affiliates"),
        ("1620", "Receivables from group companies"),
    ),
    standard(
        "intercompany_clearing",
        "asset",
        ("1190", "Clearing with affiliates"),
        ("1630", "Clearing with group companies"),
    ),
    standard("inventory", "asset", ("1200", "Inventory"), ("1500", "Inventories")),
    standard(
        "goods_in_transit", "asset", ("1210", "Goods in transit"), ("1510", "Goods in transit")
    ),
    standard(
        "tax_receivable", "asset", ("1300", "Tax receivable"), ("1650", "Input tax recoverable")
    ),
    standard(
        "supplier_advances",
        "asset",
        ("1350", "Advances to suppliers"),
        ("1660", "Prepayments to suppliers"),
    ),
    standard(
        "investments",
        "asset",
        ("1500", "Investments in subsidiaries"),
        ("1300", "Investments in subsidiaries"),
    ),
    standard("suspense", "asset", ("1900", "Suspense"), ("1890", "Suspense")),
)
_LIABILITIES = (
    standard("payables", "liability", ("2000", "Trade payables"), ("3300", "Trade payables")),
    standard(
        "goods_received",
        "liability",
        ("2050", "Goods received, not invoiced"),
        ("3310", "Goods received, not invoiced"),
    ),
    standard(
        "landed_cost_clearing",
        "liability",
        ("2060", "Landed cost, not invoiced"),
        ("3320", "Landed cost, not invoiced"),
    ),
    standard(
        "customer_deposits",
        "liability",
        ("2100", "Customer deposits"),
        ("3400", "Contract liabilities"),
    ),
    standard(
        "refunds_payable", "liability", ("2150", "Refunds payable"), ("3410", "Refund liabilities")
    ),
    standard("tax_payable", "liability", ("2200", "Tax payable"), ("3500", "Output tax payable")),
    standard(
        "intercompany_payable",
        "liability",
        ("2300", "Due to affiliates"),
        ("3600", "Payables to group companies"),
    ),
)
_EQUITY = (
    standard(
        "retained_earnings", "equity", ("3000", "Retained earnings"), ("2900", "Retained earnings")
    ),
    standard("share_capital", "equity", ("3100", "Common stock"), ("2000", "Issued capital")),
    standard(
        "translation_difference",
        "equity",
        ("3200", "Cumulative translation adjustment"),
        ("2500", "Foreign currency translation reserve"),
    ),
    standard(
        "minority_interest",
        "equity",
        ("3300", "Noncontrolling interest"),
        ("2950", "Non-controlling interests"),
    ),
    standard(
        "opening_balance", "equity", ("3900", "Opening balances"), ("2990", "Opening balances")
    ),
)
_INCOME = (
    standard("revenue", "income", ("4000", "Sales revenue"), ("4000", "Revenue")),
    standard(
        "shipping_revenue",
        "income",
        ("4100", "Shipping revenue"),
        ("4100", "Revenue from delivery"),
    ),
    standard(
        "intercompany_revenue",
        "income",
        ("4200", "Sales to affiliates"),
        ("4200", "Revenue from group companies"),
    ),
    standard("fee_revenue", "income", ("4300", "Fees charged"), ("4300", "Other operating income")),
    standard(
        "sales_returns", "income", ("4800", "Returns and allowances"), ("4800", "Sales returns")
    ),
    standard("discounts", "income", ("4900", "Discounts given"), ("4900", "Discounts granted")),
)
_EXPENSES = (
    standard("cost_of_goods", "expense", ("5000", "Cost of goods sold"), ("5000", "Cost of sales")),
    standard(
        "inventory_adjustment",
        "expense",
        ("5100", "Inventory adjustments"),
        ("5100", "Inventory differences"),
    ),
    standard(
        "price_variance",
        "expense",
        ("5200", "Purchase price variance"),
        ("5200", "Purchase price variance"),
    ),
    standard(
        "landed_cost_variance",
        "expense",
        ("5250", "Landed cost variance"),
        ("5250", "Landed cost variance"),
    ),
    standard(
        "write_down",
        "expense",
        ("5300", "Inventory write-downs"),
        ("5300", "Write-downs of inventories"),
    ),
    standard("scrap", "expense", ("5310", "Scrap"), ("5310", "Scrapped goods")),
    standard(
        "intercompany_cost",
        "expense",
        ("5400", "Purchases from affiliates"),
        ("5400", "Cost of sales to group companies"),
    ),
    standard("channel_fees", "expense", ("6000", "Marketplace fees"), ("6000", "Marketplace fees")),
    standard(
        "payment_fees",
        "expense",
        ("6010", "Payment processing fees"),
        ("6010", "Payment processing fees"),
    ),
    standard("advertising", "expense", ("6050", "Advertising"), ("6050", "Advertising")),
    standard("shipping_cost", "expense", ("6200", "Freight out"), ("6200", "Distribution costs")),
    standard(
        "bad_debt", "expense", ("6100", "Bad debt"), ("6100", "Impairment of trade receivables")
    ),
    standard(
        "payment_differences",
        "expense",
        ("6110", "Payment differences"),
        ("6110", "Payment differences"),
    ),
    standard(
        "realised_exchange",
        "expense",
        ("7000", "Realized exchange differences"),
        ("7000", "Exchange differences, realised"),
    ),
    standard(
        "unrealised_exchange",
        "expense",
        ("7010", "Unrealized exchange differences"),
        ("7010", "Exchange differences, unrealised"),
    ),
    standard(
        "currency_conversion",
        "expense",
        ("7020", "Currency conversion"),
        ("7020", "Currency conversion"),
    ),
    standard(
        "rounding", "expense", ("7090", "Rounding differences"), ("7090", "Rounding differences")
    ),
)
STANDARD_ACCOUNTS = (*_ASSETS, *_LIABILITIES, *_EQUITY, *_INCOME, *_EXPENSES)
