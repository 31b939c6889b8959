"""Price lists as governed configuration: a change request makes one, changes one, or sets prices
of it.

Prices stand in a proposal by `item/unit/minimum quantity`, such as `17/EA/1`: a price in major
units, or null for one that is taken away."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select, tuple_

from domain.governance.kinds import Content, configurable
from domain.kernel.bulk import require_bulk_size
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.quantity import plain
from domain.kernel.records import lock_record
from domain.kernel.work import Work
from domain.pricing.models import Price, PriceList
from domain.pricing.operations.price_lists import create_price_list, update_price_list
from domain.pricing.operations.prices import set_prices
from domain.pricing.policy import PRICE_LIST, require_validity, sound_price_list
from domain.pricing.price_writing import ListedPrice, WantedPrice, checked_prices

NEW = ("code", "name", "currency", "channel_id", "party_id")
CHANGED = ("code", "name", "rank", "valid_from", "valid_until")
PRICES = "prices"
_ANY_LIST = 0


async def sound_list(work: Work, key: str | None, proposal: Content) -> Content:
    """The fields as they are stored, and prices that can be written. Raises InvalidInput."""
    fields = {name: value for name, value in proposal.items() if name != PRICES}
    allowed = {*NEW, *CHANGED} if key is None else CHANGED
    for name in fields:
        if name not in allowed:
            raise InvalidInput("This does not change.", path=(name,))
    if key is None and any(fields.get(name) is None for name in ("code", "name", "currency")):
        raise InvalidInput("Code, name and currency are needed.", path=("code",))
    sound = sound_price_list(_typed(fields))  # type: ignore[arg-type]
    if sound.get("valid_from") is not None:
        require_validity(sound["valid_from"], sound.get("valid_until"))
    if proposal.get(PRICES):
        sound[PRICES] = await _sound_prices(work, proposal[PRICES])
    return sound


async def list_as_it_is(work: Work, key: str | None, proposal: Content) -> Content:
    """The list's own values in the places of the proposal. Raises NotFound."""
    if key is None:
        return {}
    row = await lock_record(work, PriceList, list_id_of(key), kind="price list")
    content: Content = {name: getattr(row, name) for name in proposal if name != PRICES}
    if PRICES in proposal:
        content[PRICES] = await _standing(work, row.id, proposal[PRICES])
    return content


@configurable(
    PRICE_LIST,
    title="Price list",
    process="order_to_cash",
    validate=sound_list,
    snapshot=list_as_it_is,
    keyed=(PRICES,),
)
async def apply_list(work: Work, key: str | None, proposal: Content) -> str:
    """Make or change the list, and set its prices."""
    fields: Any = _typed({name: value for name, value in proposal.items() if name != PRICES})
    if key is None:
        list_id = await create_price_list(work, **fields)
    else:
        list_id = list_id_of(key)
        await update_price_list(work, price_list_id=list_id, **fields)
    if proposal.get(PRICES):
        done = await set_prices(work, price_list_id=list_id, prices=_wanted(proposal[PRICES]))
        if done.failures:
            raise InvalidInput(done.failures[0].message, path=(PRICES,))
    return str(list_id)


def price_key(item_id: int, unit: str, minimum_quantity: Decimal) -> str:
    """What one price is called in a proposal."""
    return f"{item_id}/{unit}/{format(plain(minimum_quantity), 'f')}"


def list_id_of(key: str) -> int:
    """The price list's row id. Raises NotFound."""
    if not key.isdecimal():
        raise NotFound("price list")
    return int(key)


def _typed(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Days come as text from where a proposal is kept."""
    return {
        name: date.fromisoformat(value)
        if name in ("valid_from", "valid_until") and isinstance(value, str)
        else value
        for name, value in fields.items()
    }


def _wanted(prices: Mapping[str, Any]) -> list[WantedPrice]:
    wanted = []
    for key, price in prices.items():
        item_id, rest = key.split("/", 1)
        unit, minimum = rest.rsplit("/", 1)
        wanted.append(
            WantedPrice(
                item_id=int(item_id),
                unit=unit,
                minimum_quantity=Decimal(minimum),
                unit_price=None if price is None else Decimal(price),
            )
        )
    return wanted


async def _sound_prices(work: Work, prices: Mapping[str, Any]) -> Content:
    require_bulk_size(len(prices), path=(PRICES,))
    sound, failures = await checked_prices(work, [price.on(_ANY_LIST) for price in _wanted(prices)])
    if failures:
        raise InvalidInput(failures[0].message, path=(PRICES, failures[0].row))
    return {_key(price): price.unit_price for price in sound}


def _key(price: ListedPrice) -> str:
    return price_key(price.item_id, price.unit, price.minimum_quantity)


async def _standing(work: Work, list_id: int, prices: Mapping[str, Any]) -> Content:
    wanted = _wanted(prices)
    rows = await work.rows(
        select(Price.item_id, Price.unit, Price.minimum_quantity, Price.unit_price).where(
            Price.tenant_id == work.tenant_id,
            Price.price_list_id == list_id,
            tuple_(Price.item_id, Price.unit, Price.minimum_quantity).in_(
                [(each.item_id, each.unit, each.minimum_quantity) for each in wanted]
            ),
        )
    )
    found = {
        price_key(row.item_id, row.unit, row.minimum_quantity): plain(row.unit_price)
        for row in rows
    }
    return {key: found.get(key) for key in prices}
