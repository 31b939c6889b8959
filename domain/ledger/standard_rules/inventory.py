"""What stock posts when it comes, goes, proves to be more or less, or is worth something else."""

from domain.ledger.standard_rules.writing import rules

# Where the cost of goods may go, and where it is corrected later.
_COSTS = {
    "inventory": "inventory",
    "price_variance": "price_variance",
    "goods_received": "goods_received",
    "cost_of_goods": "cost_of_goods",
    "inventory_adjustment": "inventory_adjustment",
    "kit_assembly": "inventory_adjustment",
    "scrap": "scrap",
    "sales_returns": "sales_returns",
    "intercompany_cost": "intercompany_cost",
}
# What is charged for goods on their way, in whatever currency.
_CHARGES = {
    "landed_cost": "landed_cost_clearing",
    "currency_conversion": "currency_conversion",
}

RULES = (
    rules("receipt", **_COSTS)
    | rules("adjustment", **_COSTS)
    | rules("kit_assembly", **_COSTS)
    | rules("consignment", **_COSTS)
    | rules("landed_cost", **_CHARGES, **_COSTS)
    | rules("landed_cost_reversal", **_CHARGES, **_COSTS)
    | rules("write_down", write_down="write_down", **_COSTS)
    | rules("revaluation", revaluation="write_down", **_COSTS)
)
