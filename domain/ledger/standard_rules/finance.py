"""What invoices, payments and write-offs post. Money goes to the account of its way: to the bank,
or to what lies with a channel or a payment provider until it pays out."""

from domain.ledger.standard_rules.writing import Rules, rules

_WAYS = {
    "bank": "bank",
    "card": "cash_clearing",
    "cash": "cash_clearing",
    "channel": "channel_clearing",
    "other": "suspense",
    "credit": "supplier_advances",
}

RULES: Rules = {
    **rules(
        "invoice",
        receivable="receivables",
        unbilled="unbilled",
        revenue="revenue",
        shipping="shipping_revenue",
        tax="tax_payable",
    ),
    **rules(
        "credit_note",
        receivable="receivables",
        returned="sales_returns",
        shipping="shipping_revenue",
        fee="fee_revenue",
        tax="tax_payable",
    ),
    **rules("customer_payment", receivable="receivables", **_WAYS),
    **rules("customer_refund", receivable="receivables", **_WAYS),
    **rules("write_off", receivable="receivables", bad_debt="bad_debt"),
    **rules("receivable_settled", receivable="receivables", realised_exchange="realised_exchange"),
    **rules(
        "supplier_invoice",
        payable="payables",
        goods_received="goods_received",
        inventory="inventory",
        cost_of_goods="cost_of_goods",
        price_variance="price_variance",
        inventory_adjustment="inventory_adjustment",
        scrap="scrap",
        sales_returns="sales_returns",
        intercompany_cost="intercompany_cost",
        kit_assembly="inventory_adjustment",
        landed_cost="landed_cost_clearing",
        credit_expected="supplier_advances",
        rounding="rounding",
        currency_conversion="currency_conversion",
        realised_exchange="realised_exchange",
        other="suspense",
        tax_receivable="tax_receivable",
        tax="tax_payable",
    ),
    **rules("supplier_payment", payable="payables", **_WAYS),
    **rules("payable_settled", payable="payables", realised_exchange="realised_exchange"),
}
