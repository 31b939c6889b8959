"""Settling debts between legal entities, and correcting transfer prices, on the API."""

from collections.abc import Awaitable, Callable
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import strawberry

from api.context import Info
from api.ids import row_id_of
from api.intercompany.debts import IntercompanySettlement, load_settlements
from api.intercompany.trades import IntercompanyTradeLine, load_trade_lines
from api.user_errors import UserError
from api.writing import perform
from domain.intercompany.operations.correcting import correct_transfer_price
from domain.intercompany.operations.settling import net_debts, pay_debt
from domain.kernel import iso
from domain.kernel.errors import InvalidInput
from domain.kernel.money import exponent, to_minor
from domain.kernel.work import Work


@strawberry.input(description="A debt that one legal entity paid to another.")
class PayIntercompanyDebtInput:
    creditor_id: strawberry.ID = strawberry.field(description="Who was paid.")
    debtor_id: strawberry.ID = strawberry.field(description="Who paid.")
    currency: str = strawberry.field(description="In which it is owed (ISO 4217).")
    amount: Decimal | None = strawberry.field(
        default=None, description="How much; all that is owed if left out."
    )
    settled_on: date | None = strawberry.field(
        default=None, description="On which day; today in UTC if left out."
    )
    reference: str | None = strawberry.field(
        default=None, description="Another system's number of it."
    )


@strawberry.input(description="Debts between legal entities that are to be set off.")
class NetIntercompanyDebtsInput:
    legal_entity_ids: list[strawberry.ID] = strawberry.field(
        description="Between whom; 2 to 100 entities."
    )
    currency: str = strawberry.field(description="In which they are owed (ISO 4217).")
    settled_on: date | None = strawberry.field(
        default=None, description="On which day; today in UTC if left out."
    )
    reference: str | None = strawberry.field(
        default=None, description="Another system's number of it."
    )


@strawberry.type(description="What settling debts did.")
class SettleIntercompanyPayload:
    settlement: IntercompanySettlement | None = strawberry.field(
        description="What was settled, and how."
    )
    user_errors: list[UserError] = strawberry.field(description="Why nothing was settled.")


@strawberry.input(description="The right price of a trade's line.")
class CorrectTransferPriceInput:
    trade_line_id: strawberry.ID = strawberry.field(
        description="The trade's line; one of an order."
    )
    unit_price: Decimal = strawberry.field(
        description="What one base unit costs, in major units of the trade's currency."
    )
    reason: str = strawberry.field(description="Why.")


@strawberry.type(description="What correctTransferPrice did.")
class CorrectTransferPricePayload:
    line: IntercompanyTradeLine | None = strawberry.field(description="The line as it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


@strawberry.type
class IntercompanyMutation:
    @strawberry.mutation(
        description="Say that one legal entity paid another what it owes: both books say so, with "
        "what exchange rates have changed since. Needs intercompany.manage."
    )
    async def pay_intercompany_debt(
        self,
        info: Info,
        input: Annotated[PayIntercompanyDebtInput, strawberry.argument(description="Which.")],
    ) -> SettleIntercompanyPayload:
        creditor_id = row_id_of(input.creditor_id, "LegalEntity", path=("creditorId",))
        debtor_id = row_id_of(input.debtor_id, "LegalEntity", path=("debtorId",))
        amount_minor = _minor(input.amount, input.currency)

        async def pay(work: Work) -> dict[str, Any]:
            return {
                "id": await pay_debt(
                    work,
                    creditor_id=creditor_id,
                    debtor_id=debtor_id,
                    currency=input.currency,
                    amount_minor=amount_minor,
                    settled_on=input.settled_on,
                    reference=input.reference,
                )
            }

        return await _settled(info, pay, input)

    @strawberry.mutation(
        description="Set off what legal entities owe each other in a currency, so that as few "
        "debts as can be stay. Needs intercompany.manage."
    )
    async def net_intercompany_debts(
        self,
        info: Info,
        input: Annotated[NetIntercompanyDebtsInput, strawberry.argument(description="Whose.")],
    ) -> SettleIntercompanyPayload:
        entity_ids = [
            row_id_of(each, "LegalEntity", path=("legalEntityIds", place))
            for place, each in enumerate(input.legal_entity_ids)
        ]

        async def net(work: Work) -> dict[str, Any]:
            return {
                "id": await net_debts(
                    work,
                    entity_ids=entity_ids,
                    currency=input.currency,
                    settled_on=input.settled_on,
                    reference=input.reference,
                )
            }

        return await _settled(info, net, input)

    @strawberry.mutation(
        description="Correct what a trade's line costs, also of what has left: both books say so. "
        "Needs intercompany.manage."
    )
    async def correct_transfer_price(
        self,
        info: Info,
        input: Annotated[CorrectTransferPriceInput, strawberry.argument(description="Which.")],
    ) -> CorrectTransferPricePayload:
        line_id = row_id_of(input.trade_line_id, "IntercompanyTradeLine", path=("tradeLineId",))

        async def correct(work: Work) -> dict[str, Any]:
            await correct_transfer_price(
                work, trade_line_id=line_id, unit_price=input.unit_price, reason=input.reason
            )
            return {"id": line_id}

        done = await perform(info, correct, input=input, key_required=True)
        line = await info.context.load_done(load_trade_lines, done["id"])
        return CorrectTransferPricePayload(line=line, user_errors=done.user_errors)


async def _settled(
    info: Info, run: Callable[[Work], Awaitable[dict[str, Any]]], input: object
) -> SettleIntercompanyPayload:
    done = await perform(info, run, input=input, key_required=True)
    made = await info.context.load_done(load_settlements, done["id"])
    return SettleIntercompanyPayload(settlement=made, user_errors=done.user_errors)


def _minor(amount: Decimal | None, currency: str) -> int | None:
    """The amount in minor units. Raises InvalidInput for more decimals than the currency has."""
    if amount is None:
        return None
    iso.currency(currency)
    if amount.quantize(Decimal(1).scaleb(-exponent(currency))) != amount:
        message = f"At most {exponent(currency)} decimals in {currency}."
        raise InvalidInput(message, path=("amount",))
    return to_minor(amount, currency)
