"""How many base units one unit of an item is."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, Integer, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY

from domain.catalog.models import ItemUnit
from domain.catalog.units import fold_unit
from domain.kernel.prepared import Prepared
from domain.kernel.quantity import Conversion
from domain.kernel.reading import Reader

_UNITS = Prepared(
    select(ItemUnit.item_id, ItemUnit.unit, ItemUnit.numerator, ItemUnit.denominator).where(
        ItemUnit.tenant_id == bindparam("tenant", type_=Integer),
        ItemUnit.item_id == any_(bindparam("items", type_=ARRAY(BigInteger))),
    )
)


async def conversions(
    reader: Reader, *, pairs: Sequence[tuple[int, str]]
) -> dict[tuple[int, str], Conversion]:
    """The conversion of every (item id, unit), under the unit as it was asked for.

    Any spelling of the unit will do (EA, C62, each). A unit that the item does not have is left
    out. One statement."""
    if not pairs:
        return {}
    items = sorted({item_id for item_id, _ in pairs})
    rows = await reader.rows(_UNITS, {"tenant": reader.tenant_id, "items": items})
    known = {
        (row.item_id, fold_unit(row.unit)): Conversion(row.numerator, row.denominator)
        for row in rows
    }
    folded = ((pair, (pair[0], fold_unit(pair[1]))) for pair in pairs)
    return {pair: known[key] for pair, key in folded if key in known}
