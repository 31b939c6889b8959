"""A transfer has one day: that of its order, and of all its goods that are still to come."""

from datetime import date

from sqlalchemy import select

from domain.inventory.models import ExpectedSupply, TransferLine
from domain.inventory.transfer_rows import change_transfer
from domain.kernel.reading import Reader
from domain.kernel.work import Work


async def transfer_of_supply(reader: Reader, supply_id: int) -> int | None:
    """The transfer that a supply comes with; None for another supply."""
    found: int | None = await reader.value(
        select(TransferLine.transfer_id)
        .join(
            ExpectedSupply,
            (ExpectedSupply.tenant_id == TransferLine.tenant_id)
            & (ExpectedSupply.transfer_line_id == TransferLine.id),
        )
        .where(TransferLine.tenant_id == reader.tenant_id, ExpectedSupply.id == supply_id)
    )
    return found


async def supplies_of_transfer(reader: Reader, transfer_id: int) -> list[int]:
    """The supplies with which the transfer's goods are still to come, by their ids."""
    ids = await reader.values(
        select(ExpectedSupply.id)
        .join(
            TransferLine,
            (TransferLine.tenant_id == ExpectedSupply.tenant_id)
            & (TransferLine.id == ExpectedSupply.transfer_line_id),
        )
        .where(
            ExpectedSupply.tenant_id == reader.tenant_id,
            TransferLine.transfer_id == transfer_id,
            ExpectedSupply.status == "open",
        )
        .order_by(ExpectedSupply.id)
    )
    return list(ids)


async def move_transfer(work: Work, transfer_id: int, *, before: date | None, day: date) -> None:
    """Write another day to a locked transfer, where it differs."""
    if before == day:
        return
    await change_transfer(work, transfer_id, expected_on=day)
    work.audit(
        "change_supply",
        subject="transfer_order",
        subject_id=transfer_id,
        before={"expected_on": before},
        after={"expected_on": day},
    )
