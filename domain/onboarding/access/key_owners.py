"""Whose an API key is: a user's, who answers for it, or a machine's."""

from dataclasses import dataclass

from domain.kernel.errors import InvalidInput
from domain.kernel.records import lock_record
from domain.kernel.work import Work
from domain.onboarding.access.granting import require_above, role_ids_of_user, within_partner
from tenancy.models import UserAccount
from tenancy.principals import PrincipalKind


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyOwner:
    """The user (None: a machine), and the party or the third-party location it is of."""

    user_id: int | None
    party_id: int | None
    location_id: int | None

    @property
    def partner(self) -> dict[str, int | None]:
        """The party and the location, by their names."""
        return {"party_id": self.party_id, "location_id": self.location_id}


async def owner_of_key(
    work: Work,
    *,
    user_id: int | None,
    is_machine: bool,
    party_id: int | None,
    location_id: int | None,
) -> KeyOwner:
    """Whose a new key is, as it was asked for. Raises InvalidInput, NotFound, NotPermitted."""
    if is_machine and user_id is not None:
        raise InvalidInput("A machine's key is nobody's.", path=("user_id",))
    of_partner = party_id is not None or location_id is not None
    scope = {"party_id": party_id, "location_id": location_id}
    if is_machine or of_partner:
        scope = within_partner(work, **scope)
    asked = KeyOwner(user_id=user_id, **scope)
    if user_id is None and (is_machine or of_partner or _caller(work) is None):
        return asked
    user_id = user_id or _caller(work)
    assert user_id is not None
    row = await lock_record(work, UserAccount, user_id, kind="user")
    if row.status != "active":
        raise InvalidInput("This user is not active.", path=("user_id",))
    if user_id != _caller(work):
        # Whoever holds the key could otherwise act as somebody above them.
        await require_above(work, await role_ids_of_user(work, user_id))
    owner = KeyOwner(user_id=user_id, party_id=row.party_id, location_id=row.location_id)
    if of_partner and owner.partner != asked.partner:
        raise InvalidInput("The user belongs to another partner.", path=("user_id",))
    return owner


def _caller(work: Work) -> int | None:
    kind, number = work.principal.person
    return number if kind == PrincipalKind.USER else None
