"""What can be exported, on the API."""

from enum import Enum

import strawberry


@strawberry.enum(description="What an export brings; the first eleven can be imported again.")
class ExportKind(Enum):
    ITEMS = strawberry.enum_value("items", description="Items with their units and codes.")
    PARTIES = strawberry.enum_value("parties", description="Customers, suppliers and carriers.")
    LOCATIONS = strawberry.enum_value("locations", description="Warehouses and other places.")
    CHANNELS = strawberry.enum_value("channels", description="Ways by which orders come in.")
    PRICE_LISTS = strawberry.enum_value("price_lists", description="Price lists.")
    PRICES = strawberry.enum_value("prices", description="Prices of price lists.")
    SUPPLIER_ITEMS = strawberry.enum_value(
        "supplier_items", description="From whom items are bought."
    )
    KITS = strawberry.enum_value("kits", description="What kits are made of.")
    OPENING_STOCK = strawberry.enum_value(
        "opening_stock", description="What lies where, as opening stock is told."
    )
    ACCOUNTS = strawberry.enum_value("accounts", description="Accounts of charts.")
    EXCHANGE_RATES = strawberry.enum_value("exchange_rates", description="Rates of currencies.")
    TRIAL_BALANCE = strawberry.enum_value(
        "trial_balance", description="What stands on each account, by currency."
    )
    CONSOLIDATED_TRIAL_BALANCE = strawberry.enum_value(
        "consolidated_trial_balance",
        description="The consolidated trial balance of each group, column by column.",
    )
    GENERAL_LEDGER = strawberry.enum_value(
        "general_ledger",
        description="Every line of the books, with its account and its document.",
    )
    AGED_RECEIVABLES = strawberry.enum_value(
        "aged_receivables", description="What customers owe, by how long it is overdue."
    )
    AGED_PAYABLES = strawberry.enum_value(
        "aged_payables", description="What suppliers are owed, by how long it is overdue."
    )
    STOCK_VALUES = strawberry.enum_value(
        "stock_values", description="What stock is worth, item by item."
    )
    MARGINS = strawberry.enum_value("margins", description="What each channel earned.")
    ORDERS = strawberry.enum_value("orders", description="Orders.")
    ORDER_LINES = strawberry.enum_value("order_lines", description="Lines of orders.")
    SHIPMENTS = strawberry.enum_value("shipments", description="What was shipped.")
    BALANCES = strawberry.enum_value("balances", description="What lies where, state by state.")
    MOVEMENTS = strawberry.enum_value("movements", description="Every change of stock.")
    JOURNALS = strawberry.enum_value("journals", description="Journals of the books.")
    JOURNAL_LINES = strawberry.enum_value("journal_lines", description="Lines of journals.")
    AUDIT = strawberry.enum_value("audit", description="Who did what.")
