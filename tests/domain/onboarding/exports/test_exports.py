"""What is exported is imported again unchanged; nothing that could run or is secret goes out."""

import io
import zipfile
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

from domain.catalog.operations.supplier_items import WantedSupplierItem, set_supplier_items
from domain.channels.operations import set_channel_secret
from domain.kernel.errors import InvalidInput, InvalidState, NotFound, NotPermitted
from domain.onboarding.exports.kinds import KINDS as EXPORTS
from domain.onboarding.exports.operations import cancel_export, export_everything, start_export
from domain.onboarding.exports.queries import export_content
from domain.onboarding.imports.guarding import guarded, unguarded
from domain.onboarding.imports.kinds import KINDS
from domain.onboarding.job_models import ExportJob, StoredFile
from tests.factories.books import set_rate
from tests.factories.delivering import deliver_all
from tests.factories.importing import counts, faults_of, imported
from tests.factories.keys import KEYS
from tests.factories.masters import (
    new_channel,
    new_entity,
    new_item,
    new_location,
    new_party,
    new_price_list,
)
from tests.factories.tables import csv_of
from tests.factories.tenants import TenantUnderTest, new_tenant


async def _export(tenant: TenantUnderTest, *kinds: str, **how: Any) -> bytes:
    async with tenant.work() as work:
        export_id = await start_export(work, kinds=kinds, **how)
    return await _taken(tenant, export_id)


async def _taken(tenant: TenantUnderTest, export_id: int) -> bytes:
    await deliver_all(tenant)
    content, begin = b"", 0
    async with tenant.read() as reader:
        while True:
            part = await export_content(reader, export_id=export_id, begin=begin)
            content += part.content
            if part.next_begin is None:
                return content
            begin = part.next_begin


@pytest.fixture
async def company(tenant: TenantUnderTest) -> TenantUnderTest:
    """A tenant with something of every kind, some of it awkward."""
    entity = await new_entity(tenant, code="DE")
    await new_location(tenant, entity_id=entity, code="HAM", name="Hamburg", line1="+49 Kai")
    await new_channel(tenant, entity_id=entity, code="SHOP")
    supplier = await new_party(tenant, code="MILL", is_customer=False, is_supplier=True)
    await new_price_list(tenant, code="LIST")
    flour = await new_item(tenant, sku="FLOUR", name='=HYPERLINK("x")', base_unit="kg")
    await new_item(tenant, sku="BREAD", name="-12 rye", base_unit="EA")
    files = {
        "items": csv_of(
            "sku,unit:sack,unit:pallet,gtin,channel:SHOP,unit:third",
            "FLOUR,25,1000,036000291452,F-1,1/3",
            "SERIAL,,,,,",
        ),
        "parties": csv_of(
            "code,name,parent,address_kind,address_code,line1,city,country,channel:SHOP",
            "HEAD,Head office,,ship_to,1,Street 1,Bonn,DE,H-1",
            "HEAD,,,bill_to,2,Street 2,Bonn,DE,",
            "BRANCH,'=Branch,HEAD,,,,,,",
        ),
        "prices": csv_of("price_list,sku,unit,min qty,price", "LIST,FLOUR,sack,10,12.345"),
        "kits": csv_of("kit,component,qty", "BREAD,FLOUR,0.5"),
        "opening_stock": csv_of("location,sku,qty,unit,cost", "HAM,FLOUR,3,sack,20"),
    }
    files["items"] = files["items"].replace(b"SERIAL,,,,,", b"")
    for kind, content in files.items():
        job = await imported(tenant, kind, content)
        assert (job.status, job.rows_failed, job.problem) == ("done", 0, None), (
            kind,
            await faults_of(tenant, job.id),
        )
    async with tenant.work() as work:
        wanted = WantedSupplierItem(
            item_id=flour, supplier_id=supplier, lead_days=7, pack_size=Decimal("2.5")
        )
        await set_supplier_items(work, rows=[wanted])
        await set_rate(work, "USD", "EUR", "0.923712")
    return tenant


def test_every_kind_that_is_imported_is_exported() -> None:
    assert set(KINDS) <= set(EXPORTS)


@pytest.mark.parametrize("format", ["csv", "xlsx"])
@pytest.mark.parametrize("kind", sorted(KINDS))
async def test_what_is_exported_is_imported_again_unchanged(
    company: TenantUnderTest, kind: str, format: str
) -> None:
    content = await _export(company, kind, format=format)
    job = await imported(company, kind, content)
    told = await faults_of(company, job.id)
    assert (job.status, job.problem, told) == ("done", None, [])
    assert (job.created, job.updated) == (0, 0)
    assert job.unchanged > 0
    assert job.ignored_columns == []
    again = await _export(company, kind)
    assert again == await _export(company, kind)


async def test_a_cell_that_could_run_is_guarded(company: TenantUnderTest) -> None:
    content = (await _export(company, "items")).decode()
    assert '"\'=HYPERLINK(""x"")"' in content
    assert "'-12 rye" in content


@pytest.mark.parametrize(
    "text", ["=1", "'=1", "''=1", "-5", "+49 40", "-5x", "@a", "'quoted'", "", "a=b", "\tx"]
)
def test_what_is_guarded_comes_back_as_it_was(text: str) -> None:
    assert unguarded(guarded(text)) == text
    assert not guarded(text).startswith(("=", "@", "\t", "+49", "-5x"))


async def test_an_export_goes_on_in_parts(
    company: TenantUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = await _export(company, "items", "prices")
    monkeypatch.setattr("domain.onboarding.exports.advancing.PART_ROWS", 1)
    in_parts = await _export(company, "items", "prices")
    with zipfile.ZipFile(io.BytesIO(whole)) as one, zipfile.ZipFile(io.BytesIO(in_parts)) as two:
        assert one.namelist() == two.namelist() == ["items.csv", "prices.csv"]
        assert [one.read(name) for name in one.namelist()] == [
            two.read(name) for name in two.namelist()
        ]
    async with company.read() as reader:
        kept = select(func.count()).select_from(StoredFile)
        rows = await reader.values(
            select(ExportJob.rows_written).where(ExportJob.tenant_id == company.id)
        )
        # Five imported files and two archives: the parts are gone.
        assert await reader.value(kept.where(StoredFile.tenant_id == company.id)) == 7
    assert rows[0] == rows[1]


@pytest.mark.parametrize("kind", sorted(set(EXPORTS) - set(KINDS)))
async def test_the_other_kinds_are_exported_too(company: TenantUnderTest, kind: str) -> None:
    lines = (await _export(company, kind)).decode().splitlines()
    assert lines[0].split(",") == list(EXPORTS[kind].headers)


async def test_everything_is_exported_but_secrets(company: TenantUnderTest) -> None:
    async with company.read() as reader:
        from domain.channels.models import Channel

        channel = await reader.value(select(Channel.id).where(Channel.tenant_id == company.id))
    async with company.work() as work:
        await set_channel_secret(
            work, keys=KEYS, channel_id=channel, secret="hush-hush-hush-hush-hush"
        )
    async with company.work() as work:
        export_id = await export_everything(work)
    content = await _taken(company, export_id)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        assert {"items.csv", "opening_stock.csv", "audit.csv", "tables/item.jsonl"} <= set(names)
        assert b'"sku"' in archive.read("tables/item.jsonl")
        for name in names:
            text = archive.read(name)
            assert b"hush-hush" not in text, name
            assert b"password_hash" not in text, name


async def test_an_export_asks_for_the_right_to_read_and_is_its_own_s(
    company: TenantUnderTest, engine: Any
) -> None:
    clerk = company.user("onboarding.import", "catalog.read", id=5)
    with pytest.raises(NotPermitted):
        async with company.work(as_=clerk) as work:
            await start_export(work, kinds=["items", "audit"])
    with pytest.raises(NotPermitted):
        async with company.work(as_=clerk) as work:
            await export_everything(work)
    async with company.work(as_=clerk) as work:
        export_id = await start_export(work, kinds=["items"])
    await deliver_all(company)
    colleague = company.user("onboarding.import", id=6)
    other = await new_tenant(engine, now=company.now)
    for reading in (company.read(as_=colleague), other.read()):
        async with reading as reader:
            with pytest.raises(NotFound):
                await export_content(reader, export_id=export_id, begin=0)
    async with company.read(as_=clerk) as reader:
        assert (await export_content(reader, export_id=export_id, begin=0)).content


async def test_what_is_wrong_is_refused_and_a_cancelled_export_makes_no_file(
    tenant: TenantUnderTest,
) -> None:
    wrongs: tuple[dict[str, Any], ...] = (
        {"kinds": []},
        {"kinds": ["items", "items"]},
        {"kinds": ["nonsense"]},
    )
    for wrong in wrongs:
        with pytest.raises(InvalidInput):
            async with tenant.work() as work:
                await start_export(work, **wrong)
    async with tenant.work() as work:
        export_id = await start_export(work, kinds=["items"])
        await cancel_export(work, export_id=export_id)
    await deliver_all(tenant)
    async with tenant.read() as reader:
        with pytest.raises(NotFound):
            await export_content(reader, export_id=export_id, begin=0)
    with pytest.raises(InvalidState):
        async with tenant.work() as work:
            await cancel_export(work, export_id=export_id)
    assert counts(await imported(tenant, "items", b"sku,name,uom\r\n"))[0] == "done"
