"""Channels: one row each."""

from collections.abc import Callable
from typing import Any, cast

from domain.channels.models import Channel
from domain.channels.operations import create_channel, update_channel
from domain.channels.policy import CHOICES, ChannelFields, sound_channel
from domain.entities.models import LegalEntity, Party
from domain.onboarding.imports.coded import Coded, Link
from domain.onboarding.imports.headers import Column
from domain.onboarding.imports.values import as_boolean, as_decimal


def _field(name: str) -> Callable[[str], Any]:
    def read(value: str) -> Any:
        if name in CHOICES:
            value = value.lower().replace(" ", "_").replace("-", "_")
        elif name == "currency":
            value = value.upper()
        return sound_channel(cast(ChannelFields, {name: value}))[name]

    return read


COLUMNS = (
    Column(
        field="code",
        says="The channel's own code.",
        aliases=("channel", "channel code"),
        read=_field("code"),
        needed=True,
    ),
    Column(
        field="name",
        says="Its name; new channels need it.",
        aliases=("channel name",),
        read=_field("name"),
    ),
    Column(
        field="kind",
        says="storefront, marketplace, edi or portal; new channels need it.",
        aliases=("type", "channel type"),
        read=_field("kind"),
    ),
    Column(
        field="source",
        says="shopify, woocommerce, magento, amazon, walmart, mirakl, x12 or generic; new channels "
        "need it.",
        aliases=("platform", "format"),
        read=_field("source"),
    ),
    Column(
        field="entity",
        says="The code of the legal entity that sells there; new channels need it.",
        aliases=("legal entity", "company", "seller", "entity code"),
    ),
    Column(
        field="currency",
        says="ISO 4217; the entity's if blank.",
        aliases=("currency code",),
        read=_field("currency"),
    ),
    Column(
        field="default_party",
        says="The code of the party for orders that name none.",
        aliases=("default customer",),
    ),
    Column(
        field="on_unknown_item",
        says="exception or create_draft.",
        read=_field("on_unknown_item"),
    ),
    Column(
        field="on_unknown_party",
        says="exception or create_draft.",
        read=_field("on_unknown_party"),
    ),
    Column(field="price_source", says="document or price_list.", read=_field("price_source")),
    Column(field="split_allowed", says="May orders be split: yes or no.", read=as_boolean),
    Column(
        field="availability_shown",
        says="exact, levels or hidden: how partners see stock.",
        read=_field("availability_shown"),
    ),
    Column(
        field="availability_cap",
        says="At most so much is shown to partners.",
        read=as_decimal,
    ),
    Column(field="low_below", says="Below it stock is shown as low.", read=as_decimal),
    Column(field="status", says="active or closed.", read=_field("status")),
)
_CHANNELS = Coded(
    table=Channel,
    fields=tuple(column.field for column in COLUMNS if column.field != "code"),
    needed=("name", "kind", "source", "entity"),
    links={
        "entity": Link(LegalEntity, "entity_id", "legal entity"),
        "default_party": Link(Party, "default_party_id", "party"),
    },
    create=create_channel,
    update=update_channel,
    id_name="channel_id",
)
check_channels = _CHANNELS.check
write_channels = _CHANNELS.write
found_channels = _CHANNELS.found
