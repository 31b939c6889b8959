"""What is expected of a channel's payouts, on the API."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.channels.channels import Channel, load_channels
from api.context import Info
from api.finance.words import word
from api.ids import global_id, row_id_of
from api.inputs import given
from api.nodes import Node, refetched_by
from api.payouts.lines import PayoutLineKind
from api.user_errors import UserError
from api.writing import perform_one
from domain.finance.settlement.operations.terms import set_settlement_terms
from domain.finance.settlement.queries import payouts as queries
from domain.kernel.reading import Reader
from domain.kernel.work import Work

BOUNDS = ("wait_days", "tolerance_minor", "most_fee_percent")


@strawberry.type(description="A column of a channel's table, and what it means.")
class PayoutColumn:
    means: str = strawberry.field(description="What it means: payout, amount, kind, order …")
    heading: str = strawberry.field(description="What the table calls it.")


@strawberry.type(description="A column or a word of a channel's table, and the kind that it is.")
class PayoutWord:
    word: str = strawberry.field(description="The column's heading, or the word.")
    kind: PayoutLineKind = strawberry.field(description="The kind.")


@strawberry.type(description="How a channel's own table of payouts is read.")
class PayoutTable:
    columns: list[PayoutColumn] = strawberry.field(description="What its columns mean.")
    fees: list[PayoutWord] = strawberry.field(description="Columns that are fees of a kind.")
    kinds: list[PayoutWord] = strawberry.field(description="What its words mean.")
    currency: str | None = strawberry.field(description="The currency, if no column has it.")
    fees_subtract: bool = strawberry.field(description="Whether fees are to be taken off.")
    month_first: bool = strawberry.field(description="Whether 03/01 is the first of March.")

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "PayoutTable":
        """From a mapping as it is stored."""
        return cls(
            columns=[PayoutColumn(means=k, heading=v) for k, v in stored["columns"].items()],
            fees=[PayoutWord(word=k, kind=PayoutLineKind(v)) for k, v in stored["fees"].items()],
            kinds=[PayoutWord(word=k, kind=PayoutLineKind(v)) for k, v in stored["kinds"].items()],
            currency=stored["currency"],
            fees_subtract=stored["fees_subtract"],
            month_first=stored["month_first"],
        )


@strawberry.type(description="What is expected of a channel's payouts.")
class PayoutTerms(Node):
    wait_days: int = strawberry.field(description="What was paid so long ago should be paid out.")
    tolerance_minor: int = strawberry.field(
        description="So many minor units of an order are rounding."
    )
    most_fee_percent: Decimal | None = strawberry.field(
        description="Fees above it of what was sold are questioned."
    )
    table: PayoutTable | None = strawberry.field(description="How its own table is read.")
    version: int = strawberry.field(description="Raised by each change.")
    channel_id: strawberry.Private[int]

    @classmethod
    def of(cls, row: Row[Any]) -> "PayoutTerms":
        """From a row of the domain's queries."""
        return cls(
            id=global_id("PayoutTerms", row.id),
            table=None if row.mapping is None else PayoutTable.of(row.mapping),
            **{name: getattr(row, name) for name in (*BOUNDS, "version", "channel_id")},
        )

    @strawberry.field(description="Of which channel. Needs channels.read.")
    async def channel(self, info: Info) -> Channel | None:
        return await info.context.load(load_channels, self.channel_id)


async def load_terms(reader: Reader, ids: Sequence[int]) -> list[PayoutTerms | None]:
    """A batch for loaders: the terms of these row ids, in order."""
    rows = await queries.payout_terms_of_ids(reader, ids=ids)
    return [PayoutTerms.of(rows[row_id]) if row_id in rows else None for row_id in ids]


refetched_by("PayoutTerms", load_terms)


@strawberry.input(description="A column of the channel's table, and what it means.")
class PayoutColumnInput:
    means: str = strawberry.field(
        description="One of payout, amount, kind, currency, posted_on, deposited_on, total, line, "
        "order, merchant_order, adjustment, shipment, sku, quantity."
    )
    heading: str = strawberry.field(description="What the table calls it.")


@strawberry.input(description="A column or a word of the channel's table, and the kind it is.")
class PayoutWordInput:
    word: str = strawberry.field(description="The column's heading, or the word.")
    kind: PayoutLineKind = strawberry.field(description="The kind.")


@strawberry.input(description="How a channel's own table of payouts is read.")
class PayoutTableInput:
    columns: list[PayoutColumnInput] = strawberry.field(
        description="What its columns mean; payout and amount at least."
    )
    fees: list[PayoutWordInput] = strawberry.field(
        default_factory=list, description="Columns that are fees of a kind beside the amount."
    )
    kinds: list[PayoutWordInput] = strawberry.field(
        default_factory=list, description="What the words of its kind mean."
    )
    currency: str | None = strawberry.field(
        default=None, description="The currency (ISO 4217), if no column has it."
    )
    fees_subtract: bool = strawberry.field(
        default=True, description="Whether fees are above zero, and to be taken off."
    )
    month_first: bool = strawberry.field(
        default=False, description="Whether 03/01 is the first of March."
    )


@strawberry.input(description="What is expected of a channel's payouts; what is absent stays.")
class SetPayoutTermsInput:
    channel_id: strawberry.ID = strawberry.field(description="The channel.")
    wait_days: int | None = strawberry.field(
        default=strawberry.UNSET, description="0 to 365; 30 at first."
    )
    tolerance_minor: int | None = strawberry.field(
        default=strawberry.UNSET, description="0 to 1000; 1 at first."
    )
    most_fee_percent: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="0 to 100; null asks nothing."
    )
    table: PayoutTableInput | None = strawberry.field(
        default=strawberry.UNSET, description="How its own table is read; null: it has none."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="Refuse if they changed since this version was read."
    )


@strawberry.type(description="What setPayoutTerms did.")
class PayoutTermsPayload:
    payout_terms: PayoutTerms | None = strawberry.field(description="As they are now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing was done.")


def _mapping(table: PayoutTableInput) -> dict[str, Any]:
    return {
        "columns": {each.means: each.heading for each in table.columns},
        "fees": {each.word: word(each.kind) for each in table.fees},
        "kinds": {each.word: word(each.kind) for each in table.kinds},
        "currency": table.currency,
        "fees_subtract": table.fees_subtract,
        "month_first": table.month_first,
    }


@strawberry.type
class PayoutTermsQuery:
    @strawberry.field(
        description="What is expected of a channel's payouts; null: what is usual. Needs "
        "settlement.read."
    )
    async def payout_terms(
        self,
        info: Info,
        channel_id: Annotated[strawberry.ID, strawberry.argument(description="The channel.")],
    ) -> PayoutTerms | None:
        channel = row_id_of(channel_id, "Channel", path=("channelId",))
        found = await queries.terms_of_channels(await info.context.reader(), ids=[channel])
        return PayoutTerms.of(found[channel]) if channel in found else None


@strawberry.type
class PayoutTermsMutation:
    @strawberry.mutation(
        description="Say what is expected of a channel's payouts, and how its own table of them "
        "is read. Needs settlement.manage."
    )
    async def set_payout_terms(
        self,
        info: Info,
        input: Annotated[SetPayoutTermsInput, strawberry.argument(description="The terms.")],
    ) -> PayoutTermsPayload:
        info.context.require("settlement.manage")
        channel = row_id_of(input.channel_id, "Channel", path=("channelId",))
        fields = given(input, *BOUNDS)
        if input.table is not strawberry.UNSET:
            fields["mapping"] = None if input.table is None else _mapping(input.table)

        async def run(work: Work) -> int:
            return await set_settlement_terms(
                work, channel_id=channel, fields=fields, expected_version=input.expected_version
            )

        terms, refused = await perform_one(info, run, input=input, load=load_terms)
        return PayoutTermsPayload(payout_terms=terms, user_errors=refused)
