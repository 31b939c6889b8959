"""How the documents of Shopify that are not orders are known."""

from domain.intake.formats.recognition import Shape

_NAMES = {
    "draft_order": "a Shopify draft order",
    "checkout": "a Shopify checkout",
    "fulfillment": "a Shopify fulfilment",
    "fulfillment_order": "a Shopify fulfilment order",
    "fulfillment_event": "a Shopify fulfilment event",
    "fulfillment_service": "a Shopify fulfilment service",
    "refund": "a Shopify refund",
    "transaction": "a Shopify payment transaction",
    "payout": "a Shopify payout",
    "tender_transaction": "a Shopify tender transaction",
    "dispute": "a Shopify dispute",
    "inventory_item": "a Shopify inventory item",
    "inventory_level": "a Shopify inventory level",
    "location": "a Shopify location",
    "variant": "a Shopify product variant",
    "product": "a Shopify product",
    "customer": "a Shopify customer",
    "price_rule": "a Shopify price rule",
    "discount_code": "a Shopify discount code",
    "gift_card": "a Shopify gift card",
    "shop": "a Shopify shop",
    "webhook": "a Shopify webhook subscription",
    "metafield": "a Shopify metafield",
    "risk": "a Shopify order risk",
    "cart": "a Shopify cart",
    "collect": "a Shopify collect",
    "custom_collection": "a Shopify collection",
    "smart_collection": "a Shopify collection",
    "balance": "a Shopify balance",
}


def _plural(name: str) -> str:
    return {"price_rule": "price_rules"}.get(name, name + "s")


WRAPPERS: dict[str, tuple[str, str]] = {
    "original_fulfillment_order": ("shopify.fulfillment_order", _NAMES["fulfillment_order"]),
    "submitted_fulfillment_order": ("shopify.fulfillment_order", _NAMES["fulfillment_order"]),
    "moved_fulfillment_order": ("shopify.fulfillment_order", _NAMES["fulfillment_order"]),
}
"""The top-level key under which the REST API puts an object or a list, to its format and name."""

for _name, _what in _NAMES.items():
    WRAPPERS[_name] = WRAPPERS[_plural(_name)] = (f"shopify.{_name}", _what)

SHAPES = (
    Shape("shopify.refund", _NAMES["refund"], ("refund_line_items",)),
    Shape("shopify.draft_order", _NAMES["draft_order"], ("invoice_sent_at", "line_items")),
    Shape("shopify.draft_order", _NAMES["draft_order"], ("invoice_url", "line_items")),
    Shape("shopify.checkout", _NAMES["checkout"], ("abandoned_checkout_url",)),
    Shape("shopify.checkout", _NAMES["checkout"], ("payment_due", "line_items")),
    Shape("shopify.checkout", _NAMES["checkout"], ("cart_token", "completed_at", "line_items")),
    Shape("shopify.cart", _NAMES["cart"], ("token", "line_items", "updated_at")),
    Shape("shopify.fulfillment_order", _NAMES["fulfillment_order"], ("assigned_location_id",)),
    Shape("shopify.fulfillment", _NAMES["fulfillment"], ("tracking_company", "order_id")),
    Shape("shopify.fulfillment_event", _NAMES["fulfillment_event"], ("fulfillment_id", "status")),
    Shape("shopify.payout_transaction", "a Shopify payout transaction", ("payout_id", "fee")),
    Shape("shopify.transaction", _NAMES["transaction"], ("gateway", "kind", "amount")),
    Shape("shopify.tender_transaction", _NAMES["tender_transaction"], ("remote_reference",)),
    Shape("shopify.dispute", _NAMES["dispute"], ("network_reason_code",)),
    Shape("shopify.inventory_level", _NAMES["inventory_level"], ("inventory_item_id", "available")),
    Shape("shopify.inventory_item", _NAMES["inventory_item"], ("sku", "tracked", "cost")),
    Shape("shopify.product", _NAMES["product"], ("body_html", "variants")),
    Shape("shopify.variant", _NAMES["variant"], ("product_id", "inventory_policy")),
    Shape("shopify.customer", _NAMES["customer"], ("orders_count", "total_spent")),
    Shape("shopify.customer", _NAMES["customer"], ("accepts_marketing", "verified_email")),
    Shape("shopify.app_uninstalled", _NAMES["shop"], ("myshopify_domain", "plan_name")),
    Shape("shopify.privacy_request", "a Shopify privacy request", ("shop_domain", "shop_id")),
)
"""Bare objects, as webhooks deliver them."""

FRAGMENTS = (
    Shape("shopify.line_item", "a piece of a Shopify order (one line item)", ("properties",)),
    Shape(
        "shopify.shipping_line",
        "a piece of a Shopify order (one shipping line)",
        ("requested_fulfillment_service_id",),
    ),
    Shape(
        "shopify.line_item",
        "a piece of a Shopify order (one line item)",
        ("fulfillable_quantity", "variant_id", "price"),
    ),
)
