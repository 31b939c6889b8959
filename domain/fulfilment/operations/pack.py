"""A location packs what it picked into cartons."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import insert

from domain.fulfilment.events import OrderPacked
from domain.fulfilment.models import Carton, CartonLine
from domain.fulfilment.progress import (
    LineQuantity,
    LocationWork,
    lock_work,
    note,
    require_enough,
    sound_quantities,
    write_progress,
)
from domain.fulfilment.sscc import sscc
from domain.kernel.errors import InvalidInput
from domain.kernel.numbers import draw_numbers
from domain.kernel.permissions import operation
from domain.kernel.work import Work

LARGEST_PACKING = 500


@dataclass(frozen=True, slots=True)
class PackedCarton:
    """What lies in one carton."""

    lines: tuple[LineQuantity, ...]


@operation("fulfilment.pack")
async def pack_fulfilment_order(
    work: Work,
    *,
    fulfilment_order_id: int,
    cartons: Sequence[PackedCarton] | None = None,
    expected_version: int | None = None,
) -> list[int]:
    """Pack cartons (without any told: one with everything picked); returns the cartons' ids.

    Each gets an SSCC. Raises NotFound, StaleVersion, InvalidInput, InvalidState, NotThatMuch."""
    current = await lock_work(work, fulfilment_order_id, expected_version=expected_version)
    contents = _contents(current, cartons)
    total: dict[int, Decimal] = {}
    for line_id, quantity in (pair for carton in contents for pair in carton.items()):
        total[line_id] = total.get(line_id, Decimal(0)) + quantity
    current.require_open("There is nothing to pack.", todo=bool(total))
    progress = current.progress
    after = {
        line_id: require_enough(
            progress[line_id].after_pack(quantity),
            requested=quantity,
            available=progress[line_id].to_pack,
            path=("cartons",),
        )
        for line_id, quantity in total.items()
    }
    status = await write_progress(work, current, after)
    ids, codes = await _write_cartons(work, fulfilment_order_id, contents)
    note(work, "pack_fulfilment_order", current, status, sscc=codes)
    work.record(
        OrderPacked(
            aggregate_id=current.order.id,
            number=current.order.number,
            fulfilment_order_id=fulfilment_order_id,
            status=status,
            sscc=tuple(codes),
        )
    )
    return ids


def _contents(
    current: LocationWork, cartons: Sequence[PackedCarton] | None
) -> list[dict[int, Decimal]]:
    if cartons is None:
        everything = {i: line.to_pack for i, line in current.progress.items() if line.to_pack}
        return [everything] if everything else []
    if len(cartons) > LARGEST_PACKING:
        raise InvalidInput(f"At most {LARGEST_PACKING} cartons at a time.", path=("cartons",))
    if not all(carton.lines for carton in cartons):
        raise InvalidInput("A carton has something in it.", path=("cartons",))
    return [sound_quantities(current, carton.lines, path="cartons") for carton in cartons]


async def _write_cartons(
    work: Work, fulfilment_order_id: int, contents: Sequence[dict[int, Decimal]]
) -> tuple[list[int], list[str]]:
    numbers = (await draw_numbers(work, carton=len(contents)))["carton"]
    codes = [sscc(int(number.rpartition("-")[2])) for number in numbers]
    ids = await work.values(
        insert(Carton).returning(Carton.id, sort_by_parameter_order=True),
        [
            {
                "tenant_id": work.tenant_id,
                "fulfilment_order_id": fulfilment_order_id,
                "sscc": code,
                "packed_at": work.now,
            }
            for code in codes
        ],
    )
    await work.execute(
        insert(CartonLine),
        [
            {
                "tenant_id": work.tenant_id,
                "carton_id": carton_id,
                "fulfilment_line_id": line_id,
                "quantity": quantity,
            }
            for carton_id, carton in zip(ids, contents, strict=True)
            for line_id, quantity in carton.items()
        ],
    )
    return list(ids), codes
