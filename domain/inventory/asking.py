"""What policies of approval may look at, of corrections of stock."""

from sqlalchemy import and_, func, select

from domain.approvals.policies.rules import Facts
from domain.entities.models import LegalEntity, Location
from domain.kernel.reading import Reader


async def facts_of_stock(
    reader: Reader, *, location_id: int, value_minor: int, owner_id: int | None = None
) -> Facts:
    """The facts of a correction at a location: what it is worth (minor units, in the currency of
    the owner's books; what is found does not make up for what is lost), whose stock it is (the
    location's entity's if absent), and where."""
    row = await reader.row(
        select(LegalEntity.id, LegalEntity.currency)
        .select_from(Location)
        .join(
            LegalEntity,
            and_(
                LegalEntity.tenant_id == Location.tenant_id,
                LegalEntity.id == func.coalesce(owner_id, Location.entity_id),
            ),
        )
        .where(Location.tenant_id == reader.tenant_id, Location.id == location_id)
    )
    if row is None:
        return Facts(location_id=location_id)
    return Facts(
        amount_minor=value_minor,
        currency=row.currency,
        entity_id=row.id,
        location_id=location_id,
    )
