"""The columns of a table of opening stock."""

from domain.catalog.policy import sound_unit
from domain.inventory.policy import CONDITIONS
from domain.kernel import text
from domain.onboarding.imports.headers import Column
from domain.onboarding.imports.values import as_day, as_positive, as_price


def _condition(value: str) -> str:
    return text.choice(value.lower(), CONDITIONS, path=())


def _serials(value: str) -> tuple[str, ...]:
    return tuple(code.strip() for code in value.replace(",", ";").split(";") if code.strip())


COLUMNS = (
    Column(
        field="location",
        says="The location's code.",
        aliases=("location code", "warehouse", "warehouse code", "site", "store"),
        needed=True,
    ),
    Column(
        field="sku",
        says="The item's own code.",
        aliases=("item", "item code", "item number", "item no", "part number", "article"),
        needed=True,
    ),
    Column(
        field="quantity",
        says="How much lies there.",
        aliases=("qty", "on hand", "stock", "quantity on hand", "qty on hand", "inventory"),
        read=as_positive,
        needed=True,
    ),
    Column(
        field="unit",
        says="A unit of the item; its base unit if blank.",
        aliases=("uom", "unit of measure"),
        read=sound_unit,
    ),
    Column(
        field="unit_cost",
        says="What one such unit cost, in major units of the owner's currency.",
        aliases=("cost", "cost price", "average cost", "standard cost"),
        read=as_price,
    ),
    Column(field="lot", says="The lot, where the item is tracked so.", aliases=("batch",)),
    Column(
        field="manufactured_on",
        says="The day the lot was made.",
        aliases=("production date",),
        read=as_day,
    ),
    Column(
        field="expires_on",
        says="The day the lot expires.",
        aliases=("expiry", "expiry date", "best before"),
        read=as_day,
    ),
    Column(
        field="serials",
        says="Every piece's serial number, with semicolons, where the item is tracked so.",
        aliases=("serial numbers",),
        read=_serials,
    ),
    Column(field="condition", says=f"{', '.join(CONDITIONS)}; new if blank.", read=_condition),
    Column(
        field="owner",
        says="The code of the entity whose it is; the location's own if blank.",
        aliases=("owner entity",),
    ),
)
