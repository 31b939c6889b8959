"""The columns of a table of items."""

from collections.abc import Callable
from typing import Any

from domain.catalog.policy import IdentifierKey, sound_identifier, sound_item, sound_unit
from domain.onboarding.imports.headers import Column
from domain.onboarding.imports.values import as_ratio


def _field(name: str) -> Callable[[str], Any]:
    def read(value: str) -> Any:
        fields: Any = {name: value.lower() if name in ("tracking", "status") else value}
        return sound_item(fields)[name]

    return read


def _gtin(value: str) -> str:
    return sound_identifier(IdentifierKey(scheme="gtin", value=value)).value


def _channel_code(value: str) -> str:
    return sound_identifier(IdentifierKey(scheme="channel", value=value, channel_id=1)).value


COLUMNS = (
    Column(
        field="sku",
        says="The item's own code. Several rows may speak of one item.",
        aliases=(
            "item", "item code", "item number", "item no", "article", "article number",
            "product code", "part number", "seller sku", "variant sku",
        ),
        read=_field("sku"),
        needed=True,
    ),
    Column(
        field="name",
        says="Its name; new items need it.",
        aliases=("title", "item name", "product name", "article name"),
        read=_field("name"),
    ),
    Column(
        field="base_unit",
        says="The unit its quantities are kept in; new items need it.",
        aliases=("base uom", "unit of measure", "uom", "unit measure code", "stock unit"),
        read=_field("base_unit"),
    ),
    Column(
        field="description",
        says="More about it.",
        aliases=("long description", "item description", "product description"),
        read=_field("description"),
    ),
    Column(field="tracking", says="none, lot or serial.", read=_field("tracking")),
    Column(
        field="tax_code", says="The tax code.", aliases=("tax class",), read=_field("tax_code")
    ),
    Column(field="status", says="active, draft or discontinued.", read=_field("status")),
    Column(
        field="gtin",
        says="The GTIN of one base unit, with its check digit.",
        aliases=("barcode", "ean", "upc", "ean13", "ean code", "upc code", "variant barcode"),
        read=_gtin,
    ),
    Column(
        field="unit",
        says="A further unit, such as case; with unit_quantity.",
        aliases=("pack unit", "alternative unit", "order unit", "purchase unit"),
        read=sound_unit,
    ),
    Column(
        field="unit_quantity",
        says="How many base units one such unit is: 12, 0.5 or 1/3.",
        aliases=("pack size", "case size", "units per case", "units per pack", "case quantity"),
        read=as_ratio,
    ),
    Column(
        field="unit_gtin",
        says="The GTIN of one such unit.",
        aliases=("case gtin", "case barcode", "pack barcode", "case upc"),
        read=_gtin,
    ),
    Column(field="channel", says="The code of a channel; with channel_sku."),
    Column(
        field="channel_sku",
        says="The item's code on that channel.",
        aliases=("channel item code", "listing sku", "external sku", "channel code"),
        read=_channel_code,
    ),
    Column(
        field="unit",
        says='Headed "unit:case": how many base units one case is. May come many times.',
        read=as_ratio,
        repeated=True,
    ),
    Column(
        field="gtin",
        says='Headed "gtin:case": the GTIN of one case. May come many times.',
        read=_gtin,
        repeated=True,
    ),
    Column(
        field="channel",
        says='Headed "channel:SHOP": the code on the channel SHOP. May come many times.',
        read=_channel_code,
        repeated=True,
    ),
)  # fmt: skip
