"""Outside issuers (OpenID Connect) on the API."""

from collections.abc import Sequence
from typing import Annotated, Any

import strawberry
from sqlalchemy.engine import Row

from api.access.writing import perform_access
from api.connections import After, Before, Connection, First, Last, connection, wanted
from api.context import Info
from api.ids import global_id, row_id_of
from api.inputs import given
from api.nodes import Node, refetched_by
from api.user_errors import UserError
from domain.kernel.reading import Reader
from domain.kernel.work import Work
from domain.onboarding.access import queries
from domain.onboarding.access.operations import issuers as operations


@strawberry.type(
    description=(
        "An outside issuer whose tokens sign the tenant's users in. Such a request names the "
        "tenant in the header X-Tenant."
    )
)
class OidcIssuer(Node):
    issuer: str = strawberry.field(description="The iss claim of its tokens.")
    audience: str = strawberry.field(description="The aud claim that its tokens must have.")
    jwks_uri: str = strawberry.field(description="Where its keys are published.")
    username_claim: str = strawberry.field(description="The claim that holds our username.")

    @classmethod
    def of(cls, row: Row[Any]) -> "OidcIssuer":
        """From a row of the domain's queries."""
        return cls(
            id=global_id("OidcIssuer", row.id),
            issuer=row.issuer,
            audience=row.audience,
            jwks_uri=row.jwks_uri,
            username_claim=row.username_claim,
        )


async def load_oidc_issuers(reader: Reader, ids: Sequence[int]) -> list[OidcIssuer | None]:
    """A batch for loaders: the issuers of these row ids, in order."""
    rows = await queries.oidc_issuers_of_ids(reader, ids=ids)
    return [OidcIssuer.of(rows[row_id]) if row_id in rows else None for row_id in ids]


refetched_by("OidcIssuer", load_oidc_issuers)


@strawberry.type
class OidcIssuerQuery:
    @strawberry.field(description="The tenant's outside issuers. Needs users.read.")
    async def oidc_issuers(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[OidcIssuer]:
        reader = await info.context.reader()
        listing = await queries.oidc_issuers(reader, request=wanted(first, after, last, before))
        return connection(listing.page, OidcIssuer.of, count=listing.count)


@strawberry.input(description="An outside issuer to trust.")
class RegisterOidcIssuerInput:
    issuer: str = strawberry.field(description="The iss claim of its tokens, an https:// address.")
    audience: str = strawberry.field(description="The aud claim that its tokens must have.")
    jwks_uri: str = strawberry.field(
        description="Where its keys are published; https:// on a public host. RS256 and ES256."
    )
    username_claim: str = strawberry.field(
        default="preferred_username",
        description="The claim that holds our username; one that its users cannot choose.",
    )


@strawberry.type(description="What registerOidcIssuer did.")
class RegisterOidcIssuerPayload:
    oidc_issuer: OidcIssuer | None = strawberry.field(description="The issuer.")
    user_errors: list[UserError] = strawberry.field(description="Why it was not registered.")


@strawberry.input(description="The issuer to trust no more.")
class RemoveOidcIssuerInput:
    id: strawberry.ID = strawberry.field(description="The issuer's id.")


@strawberry.type(description="What removeOidcIssuer did.")
class RemoveOidcIssuerPayload:
    removed_id: strawberry.ID | None = strawberry.field(description="The id that is gone.")
    user_errors: list[UserError] = strawberry.field(description="Why nothing changed.")


@strawberry.type
class OidcIssuerMutation:
    @strawberry.mutation(
        description=(
            "Let an outside issuer sign users in. Needs users.manage and every other permission: "
            "the issuer can speak for every user."
        )
    )
    async def register_oidc_issuer(
        self,
        info: Info,
        input: Annotated[RegisterOidcIssuerInput, strawberry.argument(description="The issuer.")],
    ) -> RegisterOidcIssuerPayload:
        async def register(work: Work) -> dict[str, Any]:
            return {"id": await operations.register_oidc_issuer(work, **given(input))}

        done = await perform_access(info, register, input=input)
        issuer = await info.context.load_done(load_oidc_issuers, done["id"])
        return RegisterOidcIssuerPayload(oidc_issuer=issuer, user_errors=done.user_errors)

    @strawberry.mutation(description="Trust an outside issuer no more. Needs users.manage.")
    async def remove_oidc_issuer(
        self,
        info: Info,
        input: Annotated[RemoveOidcIssuerInput, strawberry.argument(description="The issuer.")],
    ) -> RemoveOidcIssuerPayload:
        issuer_id = row_id_of(input.id, "OidcIssuer")

        async def remove(work: Work) -> dict[str, Any]:
            await operations.remove_oidc_issuer(work, issuer_id=issuer_id)
            return {"id": issuer_id}

        done = await perform_access(info, remove, input=input)
        removed = input.id if done["id"] is not None else None
        return RemoveOidcIssuerPayload(removed_id=removed, user_errors=done.user_errors)
