"""How the documents of Amazon's Selling Partner API that are not orders are known."""

from domain.intake.formats.recognition import Shape

SHAPES = (
    Shape(
        "amazon.shipment_details",
        "an Amazon shipment to be invoiced",
        ("AmazonShipmentId", "ShipmentItems"),
    ),
    Shape(
        "amazon.order_address",
        "the address of an Amazon order, without the order",
        ("ShippingAddress", "AmazonOrderId"),
    ),
    Shape(
        "amazon.order_regulated_info",
        "regulatory information on an Amazon order",
        ("AmazonOrderId", "RegulatedInformation"),
    ),
    Shape(
        "amazon.order_buyer_info",
        "buyer information on an Amazon order's item",
        ("OrderItemId", "BuyerCustomizedInfo"),
    ),
    Shape(
        "amazon.order_buyer_info",
        "buyer information on an Amazon order's items",
        ("AmazonOrderId", "OrderItems"),
    ),
    Shape(
        "amazon.order_buyer_info",
        "buyer information on an Amazon order",
        ("AmazonOrderId", "BuyerEmail"),
    ),
    Shape(
        "amazon.order_verification",
        "a verification of a regulated Amazon order",
        ("regulatedOrderVerificationStatus",),
    ),
    Shape("amazon.vendor_order_status", "the status of Amazon vendor orders", ("ordersStatus",)),
    Shape(
        "amazon.vendor_acknowledgement",
        "an acknowledgement of Amazon vendor orders",
        ("acknowledgements",),
    ),
    Shape(
        "amazon.fulfillment_order",
        "an Amazon multi-channel fulfilment order",
        ("fulfillmentOrder",),
    ),
    Shape(
        "amazon.fulfillment_order",
        "an Amazon multi-channel fulfilment order",
        ("fulfillmentOrders",),
    ),
    Shape(
        "amazon.fulfillment_order",
        "an Amazon multi-channel fulfilment order",
        ("sellerFulfillmentOrderId",),
    ),
    Shape(
        "amazon.fulfillment_preview",
        "a preview of an Amazon fulfilment order",
        ("fulfillmentPreviews",),
    ),
    Shape(
        "amazon.fulfillment_preview",
        "a preview of an Amazon fulfilment order",
        ("plannedShipments",),
    ),
    Shape("amazon.fulfillment_offers", "offers of Amazon fulfilment", ("offerResults",)),
    Shape("amazon.fulfillment_offers", "offers of Amazon fulfilment", ("deliveryOffers",)),
    Shape("amazon.fulfillment_features", "features of Amazon fulfilment", ("features", "schema")),
    Shape("amazon.fulfillment_features", "features of Amazon fulfilment", ("featureSkus",)),
    Shape(
        "amazon.fulfillment_return",
        "a return to Amazon fulfilment",
        ("returnItems", "returnAuthorizations"),
    ),
    Shape("amazon.return_reasons", "Amazon's list of return reasons", ("reasonCodeDetails",)),
    Shape(
        "amazon.package_tracking",
        "the tracking of an Amazon package",
        ("packageNumber", "trackingNumber"),
    ),
    Shape("amazon.external_return", "Amazon returns for external fulfilment", ("returns",)),
    Shape(
        "amazon.external_return",
        "an Amazon return for external fulfilment",
        ("returnMetadata", "merchantSku"),
    ),
    Shape("amazon.shipment", "shipments of the Amazon API", ("shipments",)),
    Shape(
        "amazon.shipment",
        "an Amazon shipment for external fulfilment",
        ("shipmentInfo", "lineItems"),
    ),
    Shape(
        "amazon.shipment",
        "an Amazon shipment for external fulfilment",
        ("marketplaceAttributes", "lineItems"),
    ),
    Shape("amazon.ship_labels", "Amazon shipping labels", ("packageShipLabelList",)),
    Shape("amazon.ship_labels", "Amazon shipping labels", ("transportLabels",)),
    Shape("amazon.shipping_options", "Amazon shipping options", ("shippingOptions",)),
    Shape("amazon.scheduled_package", "an Amazon Easy Ship package", ("scheduledPackageId",)),
    Shape("amazon.awd_inbound", "an inbound to Amazon warehousing", ("packagesToInbound",)),
    Shape(
        "amazon.awd_inbound",
        "an inbound shipment to Amazon warehousing",
        ("shipmentContainerQuantities",),
    ),
    Shape("amazon.awd_outbound", "an outbound from Amazon warehousing", ("productsToOutbound",)),
    Shape("amazon.awd_outbound", "outbounds from Amazon warehousing", ("outboundOrders",)),
    Shape(
        "amazon.awd_replenishment",
        "a replenishment from Amazon warehousing",
        ("eligibleProducts", "orderId"),
    ),
    Shape("amazon.awd_inventory", "the stock in Amazon warehousing", ("inventory",)),
    Shape("amazon.financial_events", "Amazon financial events", ("FinancialEvents",)),
    Shape("amazon.financial_events", "Amazon financial event groups", ("FinancialEventGroupList",)),
    Shape(
        "amazon.prep_instructions", "Amazon preparation instructions", ("SKUPrepInstructionsList",)
    ),
    Shape("amazon.inbound_items", "items of a shipment to Amazon", ("ItemData",)),
    Shape("amazon.inbound_shipments", "shipments to Amazon", ("ShipmentData",)),
    Shape("amazon.vendor_invoice", "invoices to Amazon", ("invoices",)),
    Shape("amazon.order_metrics", "Amazon sales figures", ("totalGranularity",)),
    Shape("amazon.order_metrics", "Amazon sales figures", ("averageUnitPrice", "orderCount")),
    Shape("amazon.replenishment_metrics", "Amazon subscription figures", ("metrics",)),
    Shape("amazon.replenishment_offers", "Amazon subscription offers", ("offers", "pagination")),
    Shape(
        "amazon.listings_report",
        "a report on an Amazon listings feed",
        ("header", "issues", "summary"),
    ),
    Shape("amazon.listings_feed", "an Amazon listings feed", ("header", "messages")),
    Shape("amazon.document", "a document file of the Amazon API", ("document",)),
)
"""Tried on the top level and in `payload`, in this order."""

LISTED = (
    Shape(
        "amazon.fulfillment_order",
        "an Amazon multi-channel fulfilment order",
        ("fulfillmentConfiguration", "orderId"),
    ),
    Shape(
        "amazon.awd_replenishment",
        "a replenishment from Amazon warehousing",
        ("eligibleProducts", "orderId"),
    ),
)
"""Tried on `order` and on the first of `orders`."""
