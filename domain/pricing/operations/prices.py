"""Prices of a list are set, many at a time."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.kernel.bulk import ErrorPolicy, RowFailure, require_bulk_size
from domain.kernel.permissions import operation
from domain.kernel.records import lock_record
from domain.kernel.work import Work
from domain.pricing.models import PriceList
from domain.pricing.price_writing import WantedPrice, checked_prices, write_prices


@dataclass(frozen=True, slots=True)
class PricesSet:
    """How many prices are other than before, and which rows were refused."""

    changed: int
    failures: tuple[RowFailure, ...]


@operation("pricing.manage")
async def set_prices(
    work: Work,
    *,
    price_list_id: int,
    prices: Sequence[WantedPrice],
    error_policy: ErrorPolicy = ErrorPolicy.REJECT_ALL,
) -> PricesSet:
    """Set or take away up to 1,000 prices; any spelling of an item's unit will do.

    With REJECT_ALL one failed row keeps all from being written; with REJECT_FAILED_ROWS the
    others are. Raises InvalidInput on the number of rows, NotFound on the list."""
    require_bulk_size(len(prices), path=("prices",))
    await lock_record(work, PriceList, price_list_id, kind="price list")
    sound, failures = await checked_prices(work, [price.on(price_list_id) for price in prices])
    if failures and error_policy is ErrorPolicy.REJECT_ALL:
        return PricesSet(0, tuple(failures))
    written = await write_prices(work, sound)
    return PricesSet(written.created + written.changed, tuple(failures))
