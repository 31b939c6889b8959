"""Outside issuers (OpenID Connect) are registered and removed."""

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from domain.kernel.errors import CodeTaken, InvalidInput
from domain.kernel.permissions import operation
from domain.kernel.records import lock_record
from domain.kernel.work import Work
from domain.onboarding.access.events import OidcIssuerRegistered, OidcIssuerRemoved
from domain.onboarding.access.granting import require_held, require_house
from domain.onboarding.access.policy import sound_issuer
from tenancy.key_sets import AddressRefused, check_address
from tenancy.models import OidcIssuer
from tenancy.permissions import ALL_PERMISSIONS


@operation("users.manage")
async def register_oidc_issuer(
    work: Work,
    *,
    issuer: str,
    audience: str,
    jwks_uri: str,
    username_claim: str = "preferred_username",
    allow_loopback: bool = False,
) -> int:
    """Let an issuer's tokens for `audience` sign users in by `username_claim`; returns its id.
    `allow_loopback` accepts a key set on this machine over http, for development.

    The issuer can then speak for every user, so the caller must hold every permission.
    Raises InvalidInput, NotPermitted, CodeTaken."""
    require_held(work, ALL_PERMISSIONS)
    values = sound_issuer(
        {
            "issuer": issuer,
            "audience": audience,
            "jwks_uri": jwks_uri,
            "username_claim": username_claim,
        }
    )
    _check(jwks_uri, allow_loopback=allow_loopback)
    issuer_id = await work.value(
        insert(OidcIssuer)
        .values(tenant_id=work.tenant_id, **values)
        .on_conflict_do_nothing(index_elements=["tenant_id", "issuer"])
        .returning(OidcIssuer.id)
    )
    if issuer_id is None:
        message = "This issuer is registered already."
        raise CodeTaken(message, path=("issuer",), kind="issuer", value=issuer)
    work.record(OidcIssuerRegistered(aggregate_id=issuer_id, issuer=issuer))
    work.audit("register_oidc_issuer", subject="issuer", subject_id=issuer_id, after=values)
    return int(issuer_id)


@operation("users.manage")
async def remove_oidc_issuer(work: Work, *, issuer_id: int) -> None:
    """Let the issuer's tokens sign in no more, within seconds. Raises NotFound,
    NotPermitted for a partner."""
    require_house(work)
    row = await lock_record(work, OidcIssuer, issuer_id, kind="issuer")
    await work.execute(
        delete(OidcIssuer).where(OidcIssuer.tenant_id == work.tenant_id, OidcIssuer.id == issuer_id)
    )
    work.record(OidcIssuerRemoved(aggregate_id=issuer_id, issuer=row.issuer))
    before = {"issuer": row.issuer, "audience": row.audience, "jwks_uri": row.jwks_uri}
    work.audit("remove_oidc_issuer", subject="issuer", subject_id=issuer_id, before=before)


def _check(jwks_uri: str, *, allow_loopback: bool) -> None:
    try:
        check_address(jwks_uri, allow_loopback=allow_loopback)
    except AddressRefused as error:
        raise InvalidInput(str(error), path=("jwks_uri",)) from error
