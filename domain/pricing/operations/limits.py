"""The limit of prices other than the lists' is settled."""

from decimal import Decimal

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from domain.channels.models import Channel
from domain.kernel.errors import InvalidInput
from domain.kernel.governing import require_open
from domain.kernel.permissions import operation
from domain.kernel.records import require_record
from domain.kernel.work import Work
from domain.pricing.models import PriceOverrideLimit

# As governance calls it.
KIND = "approval_limits"
LARGEST = Decimal(10_000)
SCALE = Decimal("0.0001")


@operation("approvals.manage")
async def set_price_override_limit(
    work: Work, *, percent: Decimal | None, channel_id: int | None = None
) -> None:
    """Settle how far (in percent of the list's) an order line's price may be from the list's before
    somebody has to approve it: of a channel, or of all without their own. None: no limit (of a
    channel: the common one). Orders that are there stay as they are.

    Raises NotFound, InvalidInput, ChangeRequestRequired."""
    await require_open(work, KIND)
    await require_record(work, Channel.__table__, channel_id, kind="channel")
    if percent is not None:
        require_sound(percent)
    table = PriceOverrideLimit
    mine = (table.tenant_id == work.tenant_id, table.channel_id.is_not_distinct_from(channel_id))
    before = await work.value(select(table.percent).where(*mine).with_for_update())
    if percent is None:
        await work.execute(delete(table).where(*mine))
    else:
        statement = insert(table).values(
            tenant_id=work.tenant_id, channel_id=channel_id, percent=percent
        )
        await work.execute(
            statement.on_conflict_do_update(
                index_elements=["tenant_id", "channel_id"], set_={"percent": percent}
            )
        )
    work.audit(
        "set_price_override_limit",
        subject="channel" if channel_id is not None else "tenant",
        subject_id=channel_id or work.tenant_id,
        before={"percent": before},
        after={"percent": percent},
    )


def require_sound(percent: Decimal) -> None:
    """Raise InvalidInput for a percentage that cannot be a limit."""
    if not percent.is_finite() or not 0 <= percent <= LARGEST:
        raise InvalidInput(f"Must be between 0 and {LARGEST}.", path=("percent",))
    if percent != percent.quantize(SCALE):
        raise InvalidInput("Must have at most four decimals.", path=("percent",))
