"""What returns post when it is decided what is done with the goods: they cost nothing any more that
were sold, or their cost is for something else."""

from domain.ledger.standard_rules.writing import Rules, rules

# Beside the stock: what left at another cost before these goods were known.
_INTO_STOCK = {
    "inventory": "inventory",
    "price_variance": "price_variance",
    "cost_of_goods": "cost_of_goods",
    "inventory_adjustment": "inventory_adjustment",
    "kit_assembly": "inventory_adjustment",
    "goods_received": "goods_received",
    "scrap": "scrap",
    "sales_returns": "sales_returns",
    "intercompany_cost": "intercompany_cost",
}

RULES: Rules = (
    rules("return_restock", **_INTO_STOCK)
    | rules("return_refurbish", **_INTO_STOCK)
    | rules("return_quarantine", **_INTO_STOCK)
    # From the stock of an owner that takes goods back from another entity.
    | rules("return_scrap", scrap="scrap", cost_of_goods="cost_of_goods", inventory="inventory")
    | rules(
        "return_to_supplier",
        goods_received="goods_received",
        cost_of_goods="cost_of_goods",
        inventory="inventory",
    )
)
