"""Imports over GraphQL."""

import base64
from typing import Any

from tests.factories.api import ApiCaller, ApiUnderTest
from tests.factories.tables import csv_of
from tests.factories.tenants import TenantUnderTest

IMPORT = """
mutation Import($input: ImportTableInput!, $key: String = "none") {
  importTable(input: $input) @idempotent(key: $key) {
    report {
      rows valid created updated unchanged written ignoredColumns
      errors { row column code message remedy }
    }
    userErrors {
      __typename code message path
      ... on UnreadableTableError { reason line } ... on TableTooLargeError { what limit }
    }
  }
}
"""
GOOD = csv_of("sku,name,base_unit,size", "A,Bolt,EA,5", "B,Nut,EA,6")


async def _import(
    caller: ApiCaller, content: bytes, key: str = "none", **how: Any
) -> dict[str, Any]:
    input = {"kind": "ITEMS", "contentBase64": base64.b64encode(content).decode(), **how}
    done: dict[str, Any] = (await caller.ask(IMPORT, input=input, key=key)).data["importTable"]
    return done


async def test_a_dry_run_then_the_import_then_the_same_answer_again(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    admin = await api.user(tenant, "onboarding.import", "catalog.read")
    count = "{ items { totalCount } }"
    report = {
        "rows": 2, "valid": 2, "created": 2, "updated": 0, "unchanged": 0, "written": False,
        "ignoredColumns": ["size"], "errors": [],
    }  # fmt: skip
    dry = await _import(admin, GOOD, "1", dryRun=True)
    assert dry == {"report": report, "userErrors": []}
    assert (await admin.ask(count)).data["items"]["totalCount"] == 0
    for _ in range(2):
        done = await _import(admin, GOOD, "2", filename="items.csv")
        assert done == {"report": report | {"written": True}, "userErrors": []}
    assert (await admin.ask(count)).data["items"]["totalCount"] == 2
    again = await _import(admin, GOOD, "3")
    assert (again["report"]["created"], again["report"]["unchanged"]) == (0, 2)


async def test_every_fault_is_told_with_its_remedy(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    admin = await api.user(tenant, "onboarding.import")
    content = csv_of("SKU;Tracking;Name;UoM", "A;batch;Bolt;EA", "B;;;EA")
    done = await _import(admin, content)
    assert done["report"] == {
        "rows": 2, "valid": 0, "created": 0, "updated": 0, "unchanged": 0, "written": False,
        "ignoredColumns": [],
        "errors": [
            {
                "row": 2, "column": "Tracking", "code": "BAD_VALUE",
                "message": '"batch" cannot be taken.',
                "remedy": "Must be one of none, lot, serial.",
            },
            {
                "row": 3, "column": "Name", "code": "MISSING",
                "message": "B is new and has no name.", "remedy": "Fill the cell.",
            },
        ],
    }  # fmt: skip


async def test_a_file_that_cannot_be_read_is_a_user_error(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    admin = await api.user(tenant, "onboarding.import")
    latin = await _import(admin, "sku,name\nA,Größe".encode("latin-1"), "1")
    assert latin["report"] is None
    error = latin["userErrors"][0]
    assert (error["code"], error["reason"], error["line"]) == ("UNREADABLE_TABLE", "NOT_UTF8", 2)
    wide = await _import(admin, csv_of("a" + ",a" * 200), "2")
    assert [(e["__typename"], e["what"], e["limit"]) for e in wide["userErrors"]] == [
        ("TableTooLargeError", "columns", 200)
    ]
    wrong = {"kind": "ITEMS", "contentBase64": "no base64!"}
    assert (await admin.ask(IMPORT, input=wrong)).error_codes == ["BAD_INPUT"]


async def test_columns_are_told_and_both_ask_for_the_permission(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    ask = "{ importColumns(kind: PRICES) { header needed aliases description } }"
    admin = await api.user(tenant, "onboarding.import")
    columns = (await admin.ask(ask)).data["importColumns"]
    assert [(c["header"], c["needed"]) for c in columns] == [
        ("price_list", True), ("sku", True), ("unit", False), ("minimum_quantity", False),
        ("unit_price", True),
    ]  # fmt: skip
    items = await admin.ask("{ importColumns(kind: ITEMS) { header } }")
    assert {"header": "unit:NAME"} in items.data["importColumns"]
    other = await api.user(tenant, "catalog.manage")
    assert (await other.ask(ask)).error_codes == ["FORBIDDEN"]
    wanted = {"kind": "ITEMS", "contentBase64": base64.b64encode(GOOD).decode()}
    assert (await other.ask(IMPORT, input=wanted)).error_codes == ["FORBIDDEN"]
