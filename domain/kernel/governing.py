"""Configuration that is governed changes by change request alone, on every path.

Whatever changes a kind of configuration asks `require_open` first; what carries out an approved
change request is let through."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from sqlalchemy import ColumnElement, case, select
from sqlalchemy.orm import aliased

from domain.kernel.errors import Expected
from domain.kernel.models import GovernanceSetting
from domain.kernel.reading import Reader
from domain.kernel.work import Work
from tenancy.models import Tenant

OPEN, GOVERNED = "open", "governed"
# The kind that says what is governed.
GOVERNANCE = "governance"


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
    settled = aliased(GovernanceSetting)
    is_settled = (settled.tenant_id == Tenant.id) & (settled.kind == kind)
    found = await reader.row(
        select(settled.mode, unsettled_mode().label("otherwise"))
        .select_from(Tenant)
        .outerjoin(settled, is_settled)
        .where(Tenant.id == reader.tenant_id)
    )
    return OPEN if found is None else str(found.mode or found.otherwise)


def unsettled_mode() -> ColumnElement[str]:
    """The mode, in a statement about a Tenant, of a kind of which it has settled nothing: one
    that came after it went live is governed where governance itself is."""
    standard = aliased(GovernanceSetting)
    is_governed = (
        select(standard.id)
        .where(
            standard.tenant_id == Tenant.id,
            standard.kind == GOVERNANCE,
            standard.mode == GOVERNED,
        )
        .correlate(Tenant)
        .exists()
    )
    return case((Tenant.live_at.is_not(None) & is_governed, GOVERNED), else_=OPEN)


@contextmanager
def carrying_out(work: Work) -> Iterator[None]:
    """What this work changes within was approved. For domain.governance alone."""
    before = _carried_out.set(work)
    try:
        yield
    finally:
        _carried_out.reset(before)
