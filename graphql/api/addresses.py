"""Postal addresses on the API."""

from decimal import Decimal
from typing import Any

import strawberry
from sqlalchemy.engine import Row

from api.inputs import given


@strawberry.type(description="A postal address.")
class Address:
    name: str | None = strawberry.field(description="Whose it is: a person, company or dock.")
    line1: str | None = strawberry.field(description="Street and number.")
    line2: str | None = strawberry.field(description="More of the street address.")
    city: str | None = strawberry.field(description="City or town.")
    region: str | None = strawberry.field(description="State, province or county.")
    postal_code: str | None = strawberry.field(description="Postal code.")
    country: str | None = strawberry.field(description="ISO 3166-1 alpha-2, such as US.")

    @classmethod
    def of(cls, row: Row[Any]) -> "Address":
        """From a row with the columns of an address."""
        return cls(
            name=row.address_name,
            line1=row.line1,
            line2=row.line2,
            city=row.city,
            region=row.region,
            postal_code=row.postal_code,
            country=row.country,
        )


@strawberry.input(description="A postal address; parts left out stay as they are, null clears.")
class AddressInput:
    name: str | None = strawberry.field(
        default=strawberry.UNSET, description="Whose it is: a person, company or dock."
    )
    line1: str | None = strawberry.field(default=strawberry.UNSET, description="Street and number.")
    line2: str | None = strawberry.field(
        default=strawberry.UNSET, description="More of the street address."
    )
    city: str | None = strawberry.field(default=strawberry.UNSET, description="City or town.")
    region: str | None = strawberry.field(
        default=strawberry.UNSET, description="State, province or county."
    )
    postal_code: str | None = strawberry.field(default=strawberry.UNSET, description="Postal code.")
    country: str | None = strawberry.field(
        default=strawberry.UNSET, description="ISO 3166-1 alpha-2, such as US."
    )
    latitude: Decimal | None = strawberry.field(
        default=strawberry.UNSET,
        description="Degrees north; distances are reckoned by it, else by state or country.",
    )
    longitude: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="Degrees east."
    )


def address_fields(address: AddressInput | None) -> dict[str, Any]:
    """The parts that the client sent, under the domain's names."""
    if not address:
        return {}
    fields = given(address)
    if "name" in fields:
        fields["address_name"] = fields.pop("name")
    return fields
