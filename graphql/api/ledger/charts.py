"""An entity's chart of accounts is chosen and changed, on the API."""

from enum import Enum
from typing import Annotated, Any

import strawberry
from strawberry.types.unset import UNSET

from api.context import Info
from api.entities.legal_entities import LegalEntity, load_legal_entities
from api.ids import row_id_of
from api.inputs import given
from api.ledger.accounts import Account, AccountKind, AccountStatus, load_accounts
from api.user_errors import UserError
from api.writing import perform, perform_one
from domain.kernel.work import Work
from domain.ledger.operations import accounts as operations


@strawberry.enum(description="By which template an entity's books are opened.")
class ChartTemplate(Enum):
    US_GAAP = strawberry.enum_value("us_gaap", description="As US companies keep books.")
    IFRS = strawberry.enum_value("ifrs", description="As companies under IFRS keep books.")
    OWN = strawberry.enum_value("own", description="None: the accounts are created or imported.")


@strawberry.input(description="A new account.")
class CreateAccountInput:
    entity_id: strawberry.ID = strawberry.field(description="The legal entity whose chart it is.")
    code: str = strawberry.field(description="Its code, unique in the chart.")
    name: str = strawberry.field(description="Its name.")
    kind: AccountKind = strawberry.field(description="What it counts.")
    role: str | None = strawberry.field(
        default=None,
        description="What posting rules are to know it by; the account that had the role has it no "
        "more. Absent: none.",
    )


@strawberry.input(description="What changes of an account; what is left out stays.")
class UpdateAccountInput:
    id: strawberry.ID = strawberry.field(description="The account.")
    code: str | None = strawberry.field(default=UNSET, description="Another code.")
    name: str | None = strawberry.field(default=UNSET, description="Another name.")
    role: str | None = strawberry.field(default=UNSET, description="A role; null takes it away.")
    status: AccountStatus | None = strawberry.field(
        default=UNSET, description="Whether it is in use."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The version that the change is based on."
    )


@strawberry.input(description="By which chart an entity keeps its books.")
class ChooseChartInput:
    entity_id: strawberry.ID = strawberry.field(description="The legal entity.")
    template: ChartTemplate = strawberry.field(description="The template.")


@strawberry.type(description="What createAccount did.")
class CreateAccountPayload:
    account: Account | None = strawberry.field(description="The account.")
    user_errors: list[UserError] = strawberry.field(description="Why it was not created.")


@strawberry.type(description="What updateAccount did.")
class UpdateAccountPayload:
    account: Account | None = strawberry.field(description="The account as it is now.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


@strawberry.type(description="What chooseChart did.")
class ChooseChartPayload:
    entity: LegalEntity | None = strawberry.field(description="The legal entity.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


@strawberry.type
class ChartMutation:
    @strawberry.mutation(
        description="Add an account to a legal entity's chart. Needs ledger.manage."
    )
    async def create_account(
        self,
        info: Info,
        input: Annotated[CreateAccountInput, strawberry.argument(description="The account.")],
    ) -> CreateAccountPayload:
        fields = given(input)
        fields["entity_id"] = row_id_of(input.entity_id, "LegalEntity", path=("entityId",))

        async def create(work: Work) -> int:
            return await operations.create_account(work, **fields)

        account, errors = await perform_one(info, create, input=input, load=load_accounts)
        return CreateAccountPayload(account=account, user_errors=errors)

    @strawberry.mutation(
        description="Rename an account, give it a role, close it or open it. Needs ledger.manage."
    )
    async def update_account(
        self,
        info: Info,
        input: Annotated[UpdateAccountInput, strawberry.argument(description="The change.")],
    ) -> UpdateAccountPayload:
        account_id = row_id_of(input.id, "Account")

        async def update(work: Work) -> int:
            fields: Any = given(input, "code", "name", "role", "status")
            await operations.update_account(
                work, account_id=account_id, expected_version=input.expected_version, **fields
            )
            return account_id

        account, errors = await perform_one(info, update, input=input, load=load_accounts)
        return UpdateAccountPayload(account=account, user_errors=errors)

    @strawberry.mutation(
        description="Give a legal entity the accounts of a template, while nothing is posted in "
        "its books. Needs ledger.manage."
    )
    async def choose_chart(
        self,
        info: Info,
        input: Annotated[ChooseChartInput, strawberry.argument(description="The choice.")],
    ) -> ChooseChartPayload:
        entity_id = row_id_of(input.entity_id, "LegalEntity", path=("entityId",))

        async def choose(work: Work) -> dict[str, Any]:
            await operations.choose_chart(
                work, entity_id=entity_id, template=str(input.template.value)
            )
            return {"id": entity_id}

        done = await perform(info, choose, input=input)
        entity = await info.context.load_done(load_legal_entities, done["id"])
        return ChooseChartPayload(entity=entity, user_errors=done.user_errors)
