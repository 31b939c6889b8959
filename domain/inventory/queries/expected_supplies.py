"""Supply that is to come, by id and as a list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.engine import Row

from domain.inventory.expected import all_supplies, find_supplies
from domain.inventory.models import ExpectedSupply
from domain.kernel.paging import Listing, Ordering, PageRequest, list_page
from domain.kernel.permissions import query
from domain.kernel.reading import Reader

BY_DAY = Ordering((ExpectedSupply.expected_on, ExpectedSupply.id))


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyFilter:
    """Which supplies; what is None does not narrow. `late_on`: open, and expected before it."""

    item_id: int | None = None
    location_id: int | None = None
    supplier_id: int | None = None
    kind: str | None = None
    status: str | None = None
    external_reference: str | None = None
    late_on: date | None = None


@query("inventory.read")
async def expected_supplies(
    reader: Reader, *, where: SupplyFilter, request: PageRequest
) -> Listing:
    """A page of supplies, the earliest first."""
    statement = all_supplies(reader)
    for name in ("item_id", "location_id", "supplier_id", "kind", "status", "external_reference"):
        value = getattr(where, name)
        if value is not None:
            statement = statement.where(getattr(ExpectedSupply, name) == value)
    if where.late_on is not None:
        statement = statement.where(
            ExpectedSupply.status == "open", ExpectedSupply.expected_on < where.late_on
        )
    return await list_page(reader, statement, ordering=BY_DAY, request=request)


@query("inventory.read")
async def supplies_of_ids(reader: Reader, *, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The supplies with these ids, with their item's base unit; what is not there is left out."""
    return await find_supplies(reader, ids)
