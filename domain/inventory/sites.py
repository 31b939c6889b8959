"""Where stock is kept and whose it is, as an operation on stock needs to know it."""

from sqlalchemy import and_, func, select

from domain.entities.models import LegalEntity, Location
from domain.inventory.outcomes import LocationClosed
from domain.kernel.errors import NotFound
from domain.kernel.reading import Reader
from domain.kernel.value_objects import value_object


@value_object()
class Site:
    """A location, an owner of stock there, and the currency of the owner's books."""

    location_id: int
    owner_id: int
    currency: str


async def find_site(reader: Reader, *, location_id: int, owner_id: int | None) -> Site:
    """The location with its stock's owner (the location's own entity if absent).

    Raises NotFound for what the caller cannot see, LocationClosed."""
    row = await reader.row(
        select(Location.status, LegalEntity.id, LegalEntity.currency)
        .outerjoin(
            LegalEntity,
            and_(
                LegalEntity.tenant_id == Location.tenant_id,
                LegalEntity.id == func.coalesce(owner_id, Location.entity_id),
            ),
        )
        .where(Location.tenant_id == reader.tenant_id, Location.id == location_id)
    )
    if row is None:
        raise NotFound("location")
    if row.id is None:
        raise NotFound("legal entity")
    if row.status == "closed":
        raise LocationClosed("The location is closed.", location_id=location_id)
    return Site(location_id, row.id, row.currency)
