"""Configuration that is governed changes by change request alone, on every path.

Whatever changes a kind of configuration asks `require_open` first; what carries out an approved
change request is let through."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from sqlalchemy import BigInteger, ColumnElement, Text, bindparam, case, select
from sqlalchemy.orm import aliased

from domain.kernel.errors import Expected
from domain.kernel.models import GovernanceSetting
from domain.kernel.prepared import Prepared
from domain.kernel.reading import Reader
from domain.kernel.work import Work
from tenancy.models import Tenant

OPEN, GOVERNED = "open", "governed"
# The kind that says what is governed.
GOVERNANCE = "governance"
_STANDARD = aliased(GovernanceSetting)


class ChangeRequestRequired(Expected):
    """This changes only by an approved change request. Fields: kind."""


class VariantNotAllowed(Expected):
    """The tenant's standard lets no channel (or entity) have its own. Fields: variant."""


# The work that carries out an approved change, and nothing else in this task.
_carried_out: ContextVar[Work | None] = ContextVar("carried_out", default=None)


async def require_open(work: Work, kind: str) -> None:
    """Raise ChangeRequestRequired when `kind` ("price_list") is governed, unless this very work
    carries out an approved change request. One statement."""
    if _carried_out.get() is work:
        return
    if await mode_of(work, kind) == GOVERNED:
        message = "This changes by change request: draft one, and have it approved."
        raise ChangeRequestRequired(message, kind=kind)


async def require_variant_allowed(work: Work, kind: str, variant: str | None) -> None:
    """Raise VariantNotAllowed when the standard lets no `variant` ("channel", "entity"; None:
    no variant at all) have its own `kind`."""
    if variant is None:
        return
    column = {
        "channel": GovernanceSetting.channel_variants,
        "entity": GovernanceSetting.entity_variants,
    }[variant]
    wanted = select(column).where(
        GovernanceSetting.tenant_id == work.tenant_id, GovernanceSetting.kind == kind
    )
    if await work.value(wanted) is False:
        message = f"The tenant's standard lets no {variant} have one of its own."
        raise VariantNotAllowed(message, variant=variant)


async def mode_of(reader: Reader, kind: str) -> str:
    """OPEN or GOVERNED. One statement."""
    found = await reader.row(_MODE, {"tenant_id": reader.tenant_id, "kind": kind})
    return OPEN if found is None else str(found.mode or found.otherwise)


def unsettled_mode() -> ColumnElement[str]:
    """The mode, in a statement about a Tenant, of a kind of which it has settled nothing: one
    that came after it went live is governed where governance itself is."""
    is_governed = (
        select(_STANDARD.id)
        .where(
            _STANDARD.tenant_id == Tenant.id,
            _STANDARD.kind == GOVERNANCE,
            _STANDARD.mode == GOVERNED,
        )
        .correlate(Tenant)
        .exists()
    )
    return case((Tenant.live_at.is_not(None) & is_governed, GOVERNED), else_=OPEN)


# Before every change of configuration: made once.
_MODE = Prepared(
    select(GovernanceSetting.mode, unsettled_mode().label("otherwise"))
    .select_from(Tenant)
    .outerjoin(
        GovernanceSetting,
        (GovernanceSetting.tenant_id == Tenant.id)
        & (GovernanceSetting.kind == bindparam("kind", type_=Text)),
    )
    .where(Tenant.id == bindparam("tenant_id", type_=BigInteger))
)


@contextmanager
def carrying_out(work: Work) -> Iterator[None]:
    """What this work changes within was approved. For domain.governance alone."""
    before = _carried_out.set(work)
    try:
        yield
    finally:
        _carried_out.reset(before)
