"""Price lists are created and changed."""

from typing import Unpack

from domain.channels.models import Channel
from domain.entities.models import Party
from domain.kernel.errors import InvalidInput
from domain.kernel.governing import require_open, require_variant_allowed
from domain.kernel.permissions import operation
from domain.kernel.records import change_record, lock_record, make_record, require_record
from domain.kernel.work import Work
from domain.pricing.events import PriceListChanged, PriceListCreated
from domain.pricing.models import PriceList
from domain.pricing.policy import PRICE_LIST, PriceListFields, require_validity, sound_price_list

_FIXED = ("currency", "channel_id", "party_id")


@operation("pricing.manage")
async def create_price_list(work: Work, **fields: Unpack[PriceListFields]) -> int:
    """A new, empty price list: code, name and currency are needed; returns its id.

    It holds for everyone unless a channel or a party is given, from today (in UTC) unless another
    day is. Raises InvalidInput, NotFound, CodeTaken, ChangeRequestRequired, VariantNotAllowed."""
    await require_open(work, PRICE_LIST)
    for name in ("code", "name", "currency"):
        if fields.get(name) is None:
            raise InvalidInput("Is needed.", path=(name,))
    values = {"valid_from": work.now.date()} | sound_price_list(fields)
    require_validity(values["valid_from"], values.get("valid_until"))
    await require_record(work, Channel.__table__, values.get("channel_id"), kind="channel")
    await require_record(work, Party.__table__, values.get("party_id"), kind="party")
    variant = None if values.get("channel_id") is None else "channel"
    await require_variant_allowed(work, PRICE_LIST, variant)
    price_list_id = await make_record(work, PriceList, values, kind="price list")
    work.record(PriceListCreated(aggregate_id=price_list_id, code=values["code"]))
    work.audit("create_price_list", subject="price_list", subject_id=price_list_id, after=values)
    return price_list_id


@operation("pricing.manage")
async def update_price_list(
    work: Work,
    *,
    price_list_id: int,
    expected_version: int | None = None,
    **fields: Unpack[PriceListFields],
) -> None:
    """Change code, name, rank or validity; for whom it is and in what currency stays.

    Raises InvalidInput, NotFound, StaleVersion, CodeTaken, ChangeRequestRequired."""
    await require_open(work, PRICE_LIST)
    for name in _FIXED:
        if name in fields:
            raise InvalidInput("Is fixed; make another list.", path=(name,))
    values = sound_price_list(fields)
    row = await lock_record(
        work, PriceList, price_list_id, kind="price list", expected_version=expected_version
    )
    require_validity(
        values.get("valid_from", row.valid_from), values.get("valid_until", row.valid_until)
    )
    before = await change_record(work, PriceList, row, values, kind="price list")
    if before:
        work.record(PriceListChanged(aggregate_id=price_list_id, changed=tuple(sorted(before))))
        work.audit(
            "update_price_list",
            subject="price_list",
            subject_id=price_list_id,
            before=before,
            after={name: values[name] for name in before},
        )
