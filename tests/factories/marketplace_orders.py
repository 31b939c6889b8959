"""Orders as Adobe Commerce, Walmart Marketplace and Mirakl send them."""

from typing import Any

ADDRESS = {"firstname": "Kim", "lastname": "Muster", "city": "Bremen"}


def magento_item(sku: str = "A-1", quantity: int = 2, **changes: Any) -> dict[str, Any]:
    """A row of a Magento order: 10.00 each, without tax."""
    row = {
        "item_id": 71,
        "order_id": 3001,
        "sku": sku,
        "name": f"Thing {sku}",
        "product_id": 12,
        "product_type": "simple",
        "is_virtual": 0,
        "qty_ordered": quantity,
        "qty_canceled": 0,
        "qty_refunded": 0,
        "qty_shipped": 0,
        "price": 10,
        "row_total": 10 * quantity,
        "discount_amount": 0,
        "discount_tax_compensation_amount": 0,
        "tax_amount": 0,
        "base_price": 12.5,
        "base_row_total": 12.5 * quantity,
    }
    return {**row, **changes}


def magento_order(*items: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A Magento order, placed and not paid yet."""
    rows = list(items) or [magento_item()]
    goods = sum(float(row["row_total"]) for row in rows if "parent_item_id" not in row)
    order = {
        "entity_id": 3001,
        "increment_id": "000003001",
        "state": "new",
        "status": "pending",
        "created_at": "2026-03-01 09:00:00",
        "updated_at": "2026-03-01 10:00:00",
        "order_currency_code": "EUR",
        "base_currency_code": "USD",
        "customer_email": "kim@example.com",
        "subtotal": goods,
        "base_subtotal": goods * 1.25,
        "discount_amount": 0,
        "tax_amount": 0,
        "shipping_amount": 5,
        "grand_total": goods + 5,
        "base_grand_total": (goods + 5) * 1.25,
        "total_due": goods + 5,
        "total_qty_ordered": 2,
        "items": rows,
        "billing_address": {**ADDRESS, "street": ["Kai 1"], "country_id": "DE"},
        "payment": {"method": "checkmo", "po_number": "PO-7"},
        "extension_attributes": {
            "shipping_assignments": [
                {
                    "shipping": {
                        "address": {
                            **ADDRESS,
                            "street": ["Kai 1", "2nd floor"],
                            "region_code": "HB",
                            "postcode": "28195",
                            "country_id": "DE",
                        },
                        "method": "flatrate_flatrate",
                    }
                }
            ]
        },
    }
    return {**order, **changes}


def walmart_line(
    number: str = "1", sku: str = "A-1", quantity: int = 2, *, amount: Any = 20, **changes: Any
) -> dict[str, Any]:
    """A line of a Walmart order: the charge is of all its units, with 5 per cent of tax."""
    tax = {"taxName": "Tax1", "taxAmount": {"currency": "EUR", "amount": 1}}
    status = {"status": "Created", "statusQuantity": _each(quantity)}
    row = {
        "lineNumber": number,
        "item": {"productName": f"Thing {sku}", "sku": sku},
        "charges": {
            "charge": [
                {
                    "chargeType": "PRODUCT",
                    "chargeName": "ItemPrice",
                    "chargeAmount": {"currency": "EUR", "amount": amount},
                    "tax": tax,
                }
            ]
        },
        "orderLineQuantity": _each(quantity),
        "statusDate": 1772359200000,
        "orderLineStatuses": {"orderLineStatus": [status]},
    }
    return {**row, **changes}


def walmart_status(*of_quantities: tuple[str, int]) -> dict[str, Any]:
    """The states of a line: how much of it is in each."""
    rows = [{"status": state, "statusQuantity": _each(number)} for state, number in of_quantities]
    return {"orderLineStatus": rows}


def walmart_order(*lines: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """An order of Walmart Marketplace, as the answer to a request for one."""
    order = {
        "purchaseOrderId": "1796277083022",
        "customerOrderId": "5281956426648",
        "customerEmailId": "kim@example.com",
        "orderDate": 1772355600000,
        "shippingInfo": {
            "phone": "0421",
            "estimatedDeliveryDate": 1772964000000,
            "estimatedShipDate": 1772532000000,
            "methodCode": "Value",
            "postalAddress": {
                "name": "Kim Muster",
                "address1": "Kai 1",
                "city": "Bremen",
                "state": "HB",
                "postalCode": "28195",
                "country": "DEU",
            },
        },
        "orderLines": {"orderLine": list(lines) or [walmart_line()]},
    }
    return {"order": {**order, **changes}}


def _each(number: int) -> dict[str, str]:
    return {"unitOfMeasurement": "EACH", "amount": str(number)}


def mirakl_line(
    number: int = 1, sku: str = "A-1", quantity: int = 2, **changes: Any
) -> dict[str, Any]:
    """A line of a Mirakl order: 10.00 each and 5.00 of shipping, with a tax on both."""
    row = {
        "order_line_id": f"ORD-1-A-{number}",
        "order_line_state": "SHIPPING",
        "offer_sku": sku,
        "product_sku": f"MKT-{sku}",
        "product_title": f"Thing {sku}",
        "quantity": quantity,
        "price_unit": 10.00,
        "price": 10.00 * quantity,
        "shipping_price": 5.00,
        "total_price": 10.00 * quantity + 5,
        "taxes": [{"code": "VAT", "amount": 3.80}],
        "shipping_taxes": [{"code": "VAT", "amount": 0.95}],
        "total_commission": 2.50,
    }
    return {**row, **changes}


def mirakl_order(*lines: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """An order of a Mirakl marketplace, debited, as OR11 lists it; prices without tax."""
    rows = list(lines) or [mirakl_line()]
    address = {**ADDRESS, "street_1": "Kai 1", "zip_code": "28195", "country_iso_code": "DEU"}
    order = {
        "order_id": "ORD-1-A",
        "commercial_id": "ORD-1",
        "created_date": "2026-03-01T09:00:00Z",
        "last_updated_date": "2026-03-01T10:00:00Z",
        "customer_debited_date": "2026-03-01T09:30:00Z",
        "currency_iso_code": "EUR",
        "order_state": "SHIPPING",
        "order_tax_mode": "TAX_EXCLUDED",
        "payment_workflow": "PAY_ON_ACCEPTANCE",
        "price": sum(row["price"] or 0 for row in rows),
        "shipping_price": sum(row["shipping_price"] for row in rows),
        "total_price": sum(row["total_price"] for row in rows),
        "total_commission": 2.50,
        "shipping_deadline": "2026-03-04T10:00:00Z",
        "customer": {"shipping_address": address, "billing_address": address},
        "order_lines": rows,
    }
    return {"orders": [{**order, **changes}], "total_count": 1}
