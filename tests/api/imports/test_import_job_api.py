"""Imports and exports as jobs on the API: uploaded, mapped, followed, taken away."""

import base64
from typing import Any

from tests.factories.api import ApiCaller, ApiUnderTest
from tests.factories.client import operations
from tests.factories.importing import carry_out
from tests.factories.tables import csv_of
from tests.factories.tenants import TenantUnderTest
from tests.factories.uploads import upload

GERMAN = csv_of("Artikelnr;Item Nme;UoM;Farbe", "A1;Bolt;EA;red", "A2;;EA;blue")
MAPPING = [
    {"header": "Artikelnr", "column": "sku"},
    {"header": "Item Nme", "column": "name"},
    {"header": "UoM", "column": "base_unit"},
    {"header": "Farbe", "column": ""},
]


async def _do(caller: ApiCaller, name: str, **variables: Any) -> Any:
    answer = await caller.ask(operations()[name], **variables)
    (value,) = answer.data.values()
    return value


async def _start(caller: ApiCaller, content: bytes, key: str = "k", **how: Any) -> Any:
    variables = {"input": {"kind": "ITEMS", "file": None, **how}, "key": key}
    files = {"0": ("things.csv", content)}
    answer = await upload(
        caller, operations()["StartImport"], variables, {"0": ["variables.input.file"]}, files
    )
    body = answer.json()
    assert "errors" not in body, body["errors"]
    done = body["data"]["startImport"]
    assert done["userErrors"] == []
    return done["importJob"]


async def test_a_file_is_understood_and_its_mapping_kept(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    admin = await api.user(tenant, "onboarding.import")
    text = base64.b64encode(GERMAN).decode()
    asked = {"kind": "ITEMS", "contentBase64": text}
    found = await _do(admin, "SuggestImportMapping", input=asked)
    assert found == {
        "headerRow": 1,
        "columns": [
            {
                "header": "Artikelnr",
                "column": None,
                "certainty": "NONE",
                "samples": ["A1", "A2"],
            },
            {"header": "Item Nme", "column": "name", "certainty": "ALIKE", "samples": ["Bolt"]},
            {"header": "UoM", "column": "base_unit", "certainty": "EXACT", "samples": ["EA"]},
            {"header": "Farbe", "column": None, "certainty": "NONE", "samples": ["red", "blue"]},
        ],
        "missingColumns": ["sku"],
    }
    wanted = {"kind": "ITEMS", "mapping": MAPPING}
    assert (await _do(admin, "SaveImportMapping", input=wanted, key="m"))["isSaved"]
    kept = await _do(admin, "SuggestImportMapping", input=asked)
    assert [each["certainty"] for each in kept["columns"]] == ["KEPT"] * 4


async def test_a_file_is_tried_imported_and_its_faults_told(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    admin = await api.user(tenant, "onboarding.import", "catalog.read")
    wanted = {"kind": "ITEMS", "mapping": MAPPING}
    await _do(admin, "SaveImportMapping", input=wanted, key="m")
    tried = await _start(admin, GERMAN, dryRun=True)
    await carry_out(tenant)
    job = await _do(admin, "ImportJob", id=tried["id"])
    assert (job["status"], job["created"], job["rowsFailed"]) == ("DONE", 1, 1)
    again = {"kind": "ITEMS", "importId": tried["id"]}
    real = (await _do(admin, "StartImport", input=again, key="real"))["importJob"]
    await carry_out(tenant)
    job = await _do(admin, "ImportJob", id=real["id"])
    assert (job["created"], job["supportedActions"], job["ignoredColumns"]) == (
        1,
        ["UNDO"],
        ["Farbe"],
    )
    page = {"importId": real["id"], "first": 10}
    errors = await _do(admin, "ImportErrors", **page, column="Item Nme")
    assert errors["totalCount"] == 1
    assert errors["nodes"][0]["code"] == "MISSING"
    assert (await _do(admin, "ImportErrors", **page, code="BAD_VALUE"))["totalCount"] == 0
    csv = await _do(admin, "ImportErrorsCsv", importId=real["id"])
    assert csv["endCursor"] is None
    assert csv["text"].splitlines()[1].startswith("3,Item Nme,MISSING,")
    changes = (await _do(admin, "ImportChanges", **page))["nodes"]
    assert changes == [
        {"row": 2, "key": ["A1"], "wasCreated": True, "outcome": None, "problem": None}
    ]


async def test_the_same_key_and_file_start_one_import(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    admin = await api.user(tenant, "onboarding.import")
    first = await _start(admin, GERMAN)
    assert (await _start(admin, GERMAN))["id"] == first["id"]
    assert len((await _do(admin, "ImportJobs", first=10))["nodes"]) == 1


async def test_who_may_not_import_is_told_nothing(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    admin = await api.user(tenant, "onboarding.import")
    job = await _start(admin, GERMAN)
    clerk = await api.user(tenant, "catalog.read")
    variables = {
        "ImportJobs": {"first": 10},
        "ImportErrors": {"importId": job["id"], "first": 10},
        "ImportErrorsCsv": {"importId": job["id"]},
        "CancelImport": {"input": {"id": job["id"]}, "key": "c"},
        "StartExport": {"input": {"kinds": ["ITEMS"]}, "key": "e"},
    }
    for name, given in variables.items():
        answer = await clerk.ask(operations()[name], **given)
        assert answer.error_codes == ["FORBIDDEN"], name


async def test_an_export_is_taken_away_part_by_part(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    admin = await api.user(tenant, "onboarding.import", "catalog.read", "onboarding.manage")
    await _start(admin, GERMAN, mapping=MAPPING)
    await carry_out(tenant)
    made = await _do(admin, "StartExport", input={"kinds": ["ITEMS"]}, key="e")
    export_id = made["exportJob"]["id"]
    assert await _do(admin, "ExportContent", exportId=export_id, begin=0) is None
    await carry_out(tenant)
    job = await _do(admin, "ExportJob", id=export_id)
    assert (job["status"], job["filename"], job["rowsWritten"]) == ("DONE", "items.csv", 1)
    part = await _do(admin, "ExportContent", exportId=export_id, begin=0)
    content = base64.b64decode(part["base64"])
    assert (len(content), part["nextBegin"]) == (job["sizeBytes"], None)
    assert content.splitlines()[1].startswith(b"A1,Bolt,EA,")
    everything = await _do(admin, "ExportEverything", input={}, key="all")
    assert everything["exportJob"]["isArchive"]
    stranger = await api.user(tenant, "onboarding.import")
    assert await _do(stranger, "ExportContent", exportId=export_id, begin=0) is None
