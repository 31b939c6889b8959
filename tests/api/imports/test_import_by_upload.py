"""A table comes as a file of a multipart request: larger than JSON may be, and as safe."""

import base64
import io
from typing import Any

import pytest
from openpyxl import Workbook

from domain.onboarding.imports.outcomes import LARGEST_BYTES
from tests.factories.api import ApiCaller, ApiUnderTest
from tests.factories.tables import csv_of
from tests.factories.tenants import TenantUnderTest
from tests.factories.uploads import upload

IMPORT = """
mutation Import($input: ImportTableInput!, $key: String = "none") {
  importTable(input: $input) @idempotent(key: $key) {
    report { rows valid created unchanged written errors { row column code } }
    userErrors {
      code message path
      ... on UnreadableTableError { reason } ... on TableTooLargeError { what limit }
    }
  }
}
"""
GOOD = csv_of("sku,name,base_unit", "A,Bolt,EA", "B,Nut,EA")
PLACE = {"0": ["variables.input.file"]}


async def _answer(
    caller: ApiCaller, content: bytes, key: str = "none", name: str = "items.csv", **how: Any
) -> dict[str, Any]:
    variables = {"input": {"kind": "ITEMS", "file": None, **how}, "key": key}
    answer = await upload(caller, IMPORT, variables, PLACE, {"0": (name, content)})
    body: dict[str, Any] = answer.json()
    return body


async def _import(caller: ApiCaller, content: bytes, key: str = "none", **how: Any) -> Any:
    body = await _answer(caller, content, key, **how)
    assert "errors" not in body, body["errors"]
    return body["data"]["importTable"]


async def test_a_file_is_imported_and_its_name_kept(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    admin = await api.user(tenant, "onboarding.import", "catalog.read")
    done = await _import(admin, GOOD)
    assert done["userErrors"] == []
    assert (done["report"]["created"], done["report"]["written"]) == (2, True)
    items = await admin.ask("{ items { nodes { sku name } } }")
    assert items.data["items"]["nodes"] == [
        {"sku": "A", "name": "Bolt"},
        {"sku": "B", "name": "Nut"},
    ]


async def test_a_workbook_is_imported(api: ApiUnderTest, tenant: TenantUnderTest) -> None:
    book = Workbook()
    for row in (["sku", "name", "base unit"], ["A", "Bolt", "EA"]):
        book.active.append(row)  # type: ignore[union-attr]
    content = io.BytesIO()
    book.save(content)
    admin = await api.user(tenant, "onboarding.import")
    done = await _import(admin, content.getvalue(), name="items.xlsx")
    assert (done["report"]["created"], done["userErrors"]) == (1, [])


async def test_a_file_larger_than_a_json_body_is_imported(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    admin = await api.user(tenant, "onboarding.import")
    wide = "x" * 3_000
    content = csv_of("sku,name,base_unit,remark", *(f"S{n},Item,EA,{wide}" for n in range(1_000)))
    assert len(content) > 3_000_000
    done = await _import(admin, content, dryRun=True)
    assert (done["report"]["rows"], done["report"]["created"]) == (1_000, 1_000)


async def test_the_same_key_and_file_give_the_same_answer_and_another_file_a_conflict(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    admin = await api.user(tenant, "onboarding.import")
    first = await _import(admin, GOOD, "1")
    assert await _import(admin, GOOD, "1") == first
    other = await _answer(admin, csv_of("sku,name,base_unit", "C,Cap,EA"), "1")
    assert [e["extensions"]["code"] for e in other["errors"]] == ["CONFLICT"]
    assert (await _import(admin, GOOD, "2"))["report"]["unchanged"] == 2


async def test_a_table_over_the_limit_and_a_file_of_another_kind_are_user_errors(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    admin = await api.user(tenant, "onboarding.import")
    large = (await _import(admin, b"x" * (LARGEST_BYTES + 1), "1"))["userErrors"][0]
    assert (large["code"], large["what"], large["limit"]) == (
        "TABLE_TOO_LARGE",
        "bytes",
        LARGEST_BYTES,
    )
    for key, content, reason in (
        ("2", b"%PDF-1.7\n\0\0", "NOT_A_TABLE"),
        ("3", b"PK\x03\x04" + b"\0" * 100, "DAMAGED_WORKBOOK"),
        ("4", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "OLD_EXCEL"),
        ("5", b"", "EMPTY"),
    ):
        refused = (await _import(admin, content, key))["userErrors"][0]
        assert (refused["code"], refused["reason"]) == ("UNREADABLE_TABLE", reason)


async def test_the_permission_is_asked_for_before_the_file_is_read(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    other = await api.user(tenant, "catalog.manage")
    refused = await _answer(other, b"%PDF")
    assert [e["extensions"]["code"] for e in refused["errors"]] == ["FORBIDDEN"]


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"file": None, "contentBase64": None},
        {"file": "a path"},
        {"file": {"filename": "x"}},
        {"file": ["x"]},
    ],
)
async def test_a_json_request_cannot_stand_for_a_file(
    api: ApiUnderTest, tenant: TenantUnderTest, given: dict[str, Any]
) -> None:
    admin = await api.user(tenant, "onboarding.import")
    answer = await admin.ask(IMPORT, input={"kind": "ITEMS", **given})
    assert answer.error_codes == ["BAD_INPUT"]
    literal = 'mutation { importTable(input: {kind: ITEMS, file: "x"}) { report { rows } } }'
    assert (await admin.ask(literal)).error_codes == ["BAD_INPUT"]


async def test_a_file_beside_its_base64_or_in_the_place_of_a_text_is_bad_input(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    admin = await api.user(tenant, "onboarding.import")
    both = await _answer(admin, GOOD, contentBase64=base64.b64encode(GOOD).decode())
    assert [e["extensions"]["code"] for e in both["errors"]] == ["BAD_INPUT"]
    variables = {"input": {"kind": "ITEMS", "contentBase64": None}}
    wrong = {"0": ["variables.input.contentBase64"]}
    answer = await upload(admin, IMPORT, variables, wrong, {"0": ("a.csv", GOOD)})
    assert [e["extensions"]["code"] for e in answer.json()["errors"]] == ["BAD_INPUT"]
