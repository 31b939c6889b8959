"""Price lists and prices over GraphQL."""

from typing import Any

from api.ids import global_id
from tests.factories.api import ApiUnderTest
from tests.factories.masters import new_item, new_party, new_price_list, price
from tests.factories.tenants import TenantUnderTest, new_tenant

CREATE = """
mutation Create($input: CreatePriceListInput!) {
  createPriceList(input: $input) {
    priceList { id code currency rank validFrom validUntil party { code } channel { code } }
    userErrors { code }
  }
}
"""
UPDATE = """
mutation Update($input: UpdatePriceListInput!) {
  updatePriceList(input: $input) { priceList { validUntil version } userErrors { code } }
}
"""
SET = """
mutation Set($input: SetPricesInput!) {
  setPrices(input: $input) {
    changed priceList { version } rows { row status code field } userErrors { code }
  }
}
"""
PRICES = """
query Prices($filter: PriceFilter, $after: String) {
  prices(filter: $filter, first: 2, after: $after) {
    totalCount pageInfo { endCursor hasNextPage }
    nodes { unit minimumQuantity unitPrice currency item { sku } priceList { code } }
  }
}
"""
QUOTE = "query Quote($input: QuoteInput!) { quotePrices(input: $input) }"


async def test_a_list_is_created_filled_read_and_quoted(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    party_id = await new_party(tenant, code="CUST")
    item = global_id("Item", await new_item(tenant, sku="A"))
    admin = await api.user(
        tenant, "pricing.read", "pricing.manage", "catalog.read", "entities.read"
    )
    party = global_id("Party", party_id)
    wanted = {"code": "VIP", "name": "VIP", "currency": "EUR", "partyId": party, "rank": 3}
    made = await admin.ask(CREATE, input=wanted | {"validFrom": "2026-01-01"})
    price_list = made.data["createPriceList"]["priceList"]
    assert price_list | {"id": ""} == {
        "id": "", "code": "VIP", "currency": "EUR", "rank": 3, "validFrom": "2026-01-01",
        "validUntil": None, "party": {"code": "CUST"}, "channel": None,
    }  # fmt: skip
    rows = [
        {"itemId": item, "unit": "EA", "unitPrice": "9.99"},
        {"itemId": item, "unit": "EA", "minimumQuantity": "10", "unitPrice": "9.50"},
        {"itemId": item, "unit": "EA", "minimumQuantity": "100", "unitPrice": "8"},
    ]
    done = await admin.ask(SET, input={"priceListId": price_list["id"], "prices": rows})
    assert done.data["setPrices"] == {
        "changed": 3,
        "priceList": {"version": 2},
        "rows": [{"row": n, "status": "APPLIED", "code": None, "field": None} for n in range(3)],
        "userErrors": [],
    }
    page = (await admin.ask(PRICES, filter={"priceListId": price_list["id"]})).data["prices"]
    assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (3, True)
    assert page["nodes"][0] == {
        "unit": "each", "minimumQuantity": "1", "unitPrice": "9.99", "currency": "EUR",
        "item": {"sku": "A"}, "priceList": {"code": "VIP"},
    }  # fmt: skip
    rest = await admin.ask(PRICES, after=page["pageInfo"]["endCursor"])
    assert [node["unitPrice"] for node in rest.data["prices"]["nodes"]] == ["8"]
    line = {"itemId": item, "unit": "each"}
    lines = [line, line | {"quantity": "10"}, line | {"unit": "case"}]
    for_customer = {"lines": lines, "currency": "EUR", "partyId": party}
    assert (await admin.ask(QUOTE, input=for_customer)).data["quotePrices"] == [
        "9.99", "9.5", None,
    ]  # fmt: skip
    for_others = {"lines": lines, "currency": "EUR"}
    assert (await admin.ask(QUOTE, input=for_others)).data["quotePrices"] == [None, None, None]
    ended = {"id": price_list["id"], "expectedVersion": 2, "validUntil": "2026-01-31"}
    assert (await admin.ask(UPDATE, input=ended)).data["updatePriceList"] == {
        "priceList": {"validUntil": "2026-01-31", "version": 3}, "userErrors": [],
    }  # fmt: skip


async def test_each_row_has_its_outcome(api: ApiUnderTest, tenant: TenantUnderTest) -> None:
    price_list = global_id("PriceList", await new_price_list(tenant))
    item = global_id("Item", await new_item(tenant))
    admin = await api.user(tenant, "pricing.read", "pricing.manage")
    rows: list[dict[str, Any]] = [
        {"itemId": item, "unit": "each", "unitPrice": "1"},
        {"itemId": item, "unit": "barrel", "unitPrice": "1"},
        {"itemId": global_id("Item", 10**12), "unit": "each", "unitPrice": "1"},
    ]
    wanted = {"priceListId": price_list, "prices": rows}
    for policy, changed, first in (
        ("REJECT_ALL", 0, "NOT_APPLIED"),
        ("REJECT_FAILED_ROWS", 1, "APPLIED"),
    ):
        done = (await admin.ask(SET, input=wanted | {"errorPolicy": policy})).data["setPrices"]
        assert done["changed"] == changed
        assert [(row["status"], row["code"], row["field"]) for row in done["rows"]] == [
            (first, None, None),
            ("FAILED", "UNKNOWN_UNIT", "unit"),
            ("FAILED", "NOT_FOUND", "item"),
        ]
    wrong = await admin.ask(SET, input=wanted | {"prices": []})
    assert wrong.error_codes == ["BAD_INPUT"]


async def test_ids_of_another_tenant_are_no_ids(api: ApiUnderTest, tenant: TenantUnderTest) -> None:
    list_id, item_id = await new_price_list(tenant), await new_item(tenant)
    await price(tenant, list_id, item_id, "1")
    stranger = await new_tenant(tenant.engine, now=tenant.now)
    other = await api.user(stranger, "*")
    row = {"itemId": global_id("Item", item_id), "unit": "each", "unitPrice": "1"}
    wanted = {"priceListId": global_id("PriceList", list_id), "prices": [row]}
    assert (await other.ask(SET, input=wanted)).error_codes == ["NOT_FOUND"]
    found = (await other.ask(PRICES, filter={"itemId": row["itemId"]})).data["prices"]
    assert (found["totalCount"], found["nodes"]) == (0, [])
