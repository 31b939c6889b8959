"""Price lists: one row each, without their prices."""

from collections.abc import Callable
from typing import Any, cast

from domain.channels.models import Channel
from domain.entities.models import Party
from domain.kernel.errors import InvalidInput
from domain.onboarding.imports.coded import Coded, Link
from domain.onboarding.imports.headers import Column
from domain.onboarding.imports.values import as_day, as_decimal
from domain.pricing.models import PriceList
from domain.pricing.operations.price_lists import create_price_list, update_price_list
from domain.pricing.policy import PriceListFields, sound_price_list


def _field(name: str) -> Callable[[str], Any]:
    def read(value: str) -> Any:
        given = value.upper() if name == "currency" else value
        return sound_price_list(cast(PriceListFields, {name: given}))[name]

    return read


def _rank(value: str) -> int:
    number = as_decimal(value)
    if number != int(number):
        raise InvalidInput("Must be a whole number.")
    return int(sound_price_list({"rank": int(number)})["rank"])


COLUMNS = (
    Column(
        field="code",
        says="The list's own code.",
        aliases=("price list", "price list code", "pricelist"),
        read=_field("code"),
        needed=True,
    ),
    Column(
        field="name",
        says="Its name; new lists need it.",
        aliases=("price list name",),
        read=_field("name"),
    ),
    Column(
        field="currency",
        says="ISO 4217; new lists need it.",
        aliases=("currency code",),
        read=_field("currency"),
    ),
    Column(field="channel", says="The code of the channel whose list it is."),
    Column(
        field="party",
        says="The code of the customer whose list it is.",
        aliases=("customer", "customer code"),
    ),
    Column(field="rank", says="The higher one wins among lists alike.", read=_rank),
    Column(
        field="valid_from",
        says="The first day; today for new lists if blank.",
        aliases=("from", "start date"),
        read=as_day,
    ),
    Column(
        field="valid_until",
        says="The last day; none if blank.",
        aliases=("to", "until", "end date"),
        read=as_day,
    ),
)
_LISTS = Coded(
    table=PriceList,
    fields=tuple(column.field for column in COLUMNS if column.field != "code"),
    needed=("name", "currency"),
    links={
        "channel": Link(Channel, "channel_id", "channel"),
        "party": Link(Party, "party_id", "party"),
    },
    create=create_price_list,
    update=update_price_list,
    id_name="price_list_id",
)
check_price_lists = _LISTS.check
write_price_lists = _LISTS.write
found_price_lists = _LISTS.found
