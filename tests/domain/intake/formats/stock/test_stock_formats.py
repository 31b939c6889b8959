"""What real stock documents tell, and that nothing else is taken for one."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from domain.intake.formats.stock.reading import read_stock
from domain.intake.formats.stock.report import StockReport
from tests.domain.intake.formats.conftest import SAMPLES


def sample(name: str) -> bytes:
    """The sample document of that name."""
    return next(each for each in SAMPLES if each.name.endswith(name)).raw


def the_only(raw: bytes) -> StockReport:
    (report,) = read_stock(raw)
    return report


def test_an_846_tells_what_may_be_sold_with_its_codes_and_places() -> None:
    report = the_only(sample("846_Stedi-Demos_input.edi"))
    assert (report.format, report.location, report.as_of) == (
        "x12.846",
        None,
        datetime(2022, 10, 6, 0, 5, tzinfo=UTC),
    )
    assert report.reference == "57806430591630001665036340"
    row = report.rows[0]
    assert row.path == "ISA[1]/GS[1]/ST[1]/LIN[1] (segment 4)"
    assert row.codes == (("vendor", "LU04TTFSPF"), ("sku", "1617678"), ("upc", "848971007259"))
    assert (row.quantity, row.is_available, row.unit) == (Decimal(0), True, "EA")
    assert report.rows[4].codes == (("vendor", "LU04FKFSPF"), ("upc", "848971038499"))


def test_a_flat_file_of_listings_tells_what_may_be_sold() -> None:
    report = the_only(sample("mws_inventory_report.tsv"))
    assert (report.format, report.rows[0].quantity, report.rows[0].is_available) == (
        "tsv",
        Decimal(57),
        True,
    )
    assert report.rows[0].codes == (("sku", "OQ-5B1U-8LAN"), ("asin", "B004EOOAXQ"))


def test_inventory_levels_of_a_shop_are_told_location_by_location() -> None:
    one, other = read_stock(sample("goshopify_inventory_levels.json"))
    assert (one.location, other.location) == ("487838322", "905684977")
    assert [(row.codes, row.quantity) for row in one.rows] == [
        ((("channel", "808950810"),), Decimal(9)),
        ((("channel", "39072856"),), Decimal(27)),
    ]
    assert str(one.as_of) == "2020-04-06 10:51:36-04:00"


def test_multi_node_inventories_are_told_node_by_node() -> None:
    name = "us_mp_inventory__getMultiNodeInventoryForAllSkuAndAllShipNodes__200-example.json"
    reports = read_stock(sample(name))
    first = reports[0]
    assert (first.location, first.rows[0].quantity) == ("361451354333223041", Decimal(93))
    assert first.rows[0].path == "elements.inventories[0].nodes[0]"


def test_stored_goods_are_told_whole() -> None:
    report = the_only(sample("awd_2024-05-09__listInventory__200-sandbox0.json"))
    assert [(row.codes[1], row.quantity, row.is_available) for row in report.rows] == [
        (("sku", "100TestSKU1Pen"), Decimal(20), False),
        (("sku", "2U-BKEX-VW4D"), Decimal(20), False),
    ]


INVRPT = (
    b"UNA:+.? 'UNB+UNOC:3+5412345000013:14+4012345500004:14+260302:0915+1'"
    b"UNH+1+INVRPT:D:96A:UN:EAN004'BGM+35+INV?+77+9'DTM+137:20260302:102'"
    b"DTM+366:202603012359:203'NAD+WH+HAM::92'LIN+1++4012345000108:EN'PIA+1+TEA?'S-1:SA'"
    b"QTY+145:120:PCE'QTY+124:3:PCE'LIN+2++4012345000115:EN'PIA+1+LOT9:NB'QTY+145:7.5:KGM'"
    b"LOC+18+BRE'UNT+12+1'UNZ+1+1'"
)


def test_an_invrpt_tells_states_lots_and_places() -> None:
    ham, bre = read_stock(INVRPT)
    assert (ham.location, bre.location, ham.reference) == ("HAM", "BRE", "INV+77")
    assert ham.as_of == datetime(2026, 3, 1, 23, 59, tzinfo=UTC)
    (row,) = ham.rows
    assert (row.codes, row.quantity, row.damaged, row.is_available) == (
        (("gtin", "4012345000108"), ("sku", "TEA'S-1")),
        Decimal(120),
        Decimal(3),
        False,
    )
    assert (bre.rows[0].lot, bre.rows[0].quantity, bre.rows[0].path) == (
        "LOT9",
        Decimal("7.5"),
        "UNH[1]/LIN[2]",
    )
    day = INVRPT.replace(b"DTM+366:202603012359:203'", b"")
    assert read_stock(day)[0].as_of == date(2026, 3, 2)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("SKU;Warehouse;On hand;Damaged\nA-1;HAM;10;2\nA-2;HAM;;\n", [("A-1", 10, 2)]),
        ("item code,qty,lot\nA-1,3,L1\n", [("A-1", 3, None)]),
        ('"SKU"\t"Quantity"\n"A,1"\t"7"\n', [("A,1", 7, None)]),
    ],
)
def test_a_table_tells_stock_by_its_columns(
    text: str, rows: list[tuple[str, int, int | None]]
) -> None:
    report = the_only(text.encode())
    told = [(row.codes[0][1], row.quantity, row.damaged) for row in report.rows]
    assert told == [(sku, Decimal(n), None if d is None else Decimal(d)) for sku, n, d in rows]
    assert report.rows[0].path == "row 2"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "SKU,Name\nA,B\n",
        "order_id,sku,quantity\n1,A,2\n",
        "sku,quantity\n",
        "UNA:+.? 'UNH",
        "ISA*00*",
        '{"inventory_levels": 3}',
        '{"elements": {"inventories": [1, {"nodes": [2]}]}}',
        '{"inventory": [{"totalOnhandQuantity": "NaN", "sku": "A"}]}',
        "\x00\x01",
    ],
)
def test_what_tells_no_stock_is_none(text: str) -> None:
    assert read_stock(text.encode()) == []
