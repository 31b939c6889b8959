"""What a shipment posts: the cost of the goods, and what they earn."""

from domain.ledger.standard_rules.writing import rules

RULES = rules(
    "shipment_cost",
    cost_of_goods="cost_of_goods",
    inventory="inventory",
    # Consigned goods are bought by shipping them.
    goods_received="goods_received",
    price_variance="price_variance",
) | rules(
    "shipment_revenue",
    unbilled="unbilled",
    receivable="receivables",
    revenue="revenue",
    shipping="shipping_revenue",
    discount="discounts",
    tax="tax_payable",
)
