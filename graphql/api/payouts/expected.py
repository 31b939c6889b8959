"""What channels have of ours, on the API."""

from datetime import date
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.channels.channels import Channel, load_channels
from api.context import Info
from api.entities.legal_entities import LegalEntity, load_legal_entities
from api.ids import optional_row_id
from api.scalars import Money, money
from domain.finance.settlement.queries.expected import expected_payouts


@strawberry.type(
    description="What was paid through a channel in a currency and is not paid out, less what was "
    "paid back through it, by the days since then."
)
class ExpectedPayout:
    currency: str = strawberry.field(description="The currency (ISO 4217).")
    expected: Money = strawberry.field(description="All of it.")
    to_7: Money = strawberry.field(description="Paid up to 7 days before.")
    to_14: Money = strawberry.field(description="Paid 8 to 14 days before.")
    to_30: Money = strawberry.field(description="Paid 15 to 30 days before.")
    over_30: Money = strawberry.field(description="Paid longer ago.")
    unexplained: Money = strawberry.field(
        description="What of payouts is not explained and stands on the clearing account beside "
        "it; a debit is above zero."
    )
    withheld: Money = strawberry.field(description="What the channel keeps back of what it paid.")
    channel_id: strawberry.Private[int]
    entity_id: strawberry.Private[int]

    @classmethod
    def of(cls, row: Row[Any]) -> "ExpectedPayout":
        """From a row of the domain's query."""
        names = ("expected", "to_7", "to_14", "to_30", "over_30", "unexplained", "withheld")
        return cls(
            currency=row.currency,
            channel_id=row.channel_id,
            entity_id=row.entity_id,
            **{name: money(getattr(row, f"{name}_minor") or 0, row.currency) for name in names},
        )

    @strawberry.field(description="Who has it. Needs channels.read.")
    async def channel(self, info: Info) -> Channel | None:
        return await info.context.load(load_channels, self.channel_id)

    @strawberry.field(description="In whose books.")
    async def entity(self, info: Info) -> LegalEntity | None:
        return await info.context.load(load_legal_entities, self.entity_id)


@strawberry.type
class ExpectedPayoutQuery:
    @strawberry.field(
        description="What channels have of ours now, by entity, channel and currency, 500 at most. "
        "Needs settlement.read."
    )
    async def expected_payouts(
        self,
        info: Info,
        as_of: Annotated[
            date | None,
            strawberry.argument(description="Days are counted to this one; today if absent."),
        ] = None,
        channel_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Of this channel alone.")
        ] = None,
    ) -> list[ExpectedPayout]:
        rows = await expected_payouts(
            await info.context.reader(),
            as_of=as_of or info.context.now.date(),
            channel_id=optional_row_id(channel_id, "Channel", path=("channelId",)),
        )
        return [ExpectedPayout.of(row) for row in rows]
