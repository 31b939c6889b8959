"""Which goods bear a landed cost document, and how much of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from domain.inventory.documents import REFERENCE_KIND
from domain.inventory.models import CostLayer, LandedCharge, LandedShare
from domain.inventory.policies.landed_cost import Bearer, Charge, NothingToSpreadBy, spread
from domain.inventory.valuation.revising import Revalued
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.inserting import insert_rows
from domain.kernel.money import share
from domain.kernel.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class LandedReceipt:
    """A receipt that bears of it: all that came by the document, or one item of it; with the
    weight and volume of that, in any unit that is the same for all."""

    document_id: int
    item_id: int | None = None
    weight: Decimal | None = None
    volume: Decimal | None = None


async def layers_of(
    work: Work, entity_id: int, receipts: Sequence[LandedReceipt]
) -> list[Row[Any]]:
    """The layers that came by the receipts, each once, in the order of their ids."""
    rows = await work.rows(
        select(
            CostLayer.id,
            CostLayer.item_id,
            CostLayer.source_id,
            CostLayer.quantity,
            CostLayer.cost_minor,
        )
        .where(
            CostLayer.tenant_id == work.tenant_id,
            CostLayer.owner_id == entity_id,
            CostLayer.source_kind == REFERENCE_KIND,
            CostLayer.source_id.in_({each.document_id for each in receipts}),
            CostLayer.standing == "valued",
        )
        .order_by(CostLayer.id)
    )
    for receipt in receipts:
        if not any(_is_of(row, receipt) for row in rows):
            raise NotFound("receipt")
    return [row for row in rows if any(_is_of(row, receipt) for receipt in receipts)]


def _is_of(row: Row[Any], receipt: LandedReceipt) -> bool:
    return row.source_id == receipt.document_id and receipt.item_id in (None, row.item_id)


@dataclass(frozen=True, slots=True)
class Share:
    """What a layer bears, and by what it was worked out."""

    bearer: Bearer
    amount: int


def shares_of(
    charges: Sequence[Charge], receipts: Sequence[LandedReceipt], layers: Sequence[Row[Any]]
) -> list[Share]:
    """What each layer bears of all charges. Raises InvalidInput when goods are named twice, or are
    not told by what a charge is to be spread."""
    measures: dict[int, dict[str, Decimal | None]] = {}
    for place, receipt in enumerate(receipts):
        mine = [row for row in layers if _is_of(row, receipt)]
        if any(row.id in measures for row in mine):
            raise InvalidInput("These goods are named already.", path=("receipts", place))
        whole = sum((row.quantity for row in mine), Decimal(0))
        for row in mine:
            part = row.quantity / whole
            measures[row.id] = {
                "weight": None if receipt.weight is None else receipt.weight * part,
                "volume": None if receipt.volume is None else receipt.volume * part,
            }
    bearers = [
        Bearer(Decimal(max(row.cost_minor, 0)), row.quantity, **measures[row.id]) for row in layers
    ]
    try:
        amounts = spread(charges, bearers)
    except NothingToSpreadBy as nothing:
        message = f"Tell the {charges[nothing.args[0]].basis} of what came."
        raise InvalidInput(message, path=("charges", nothing.args[0], "basis")) from None
    return [Share(bearer, amount) for bearer, amount in zip(bearers, amounts, strict=True)]


async def write_parts(
    work: Work,
    landed_id: int,
    charges: Sequence[Charge],
    layers: Sequence[Row[Any]],
    shares: Sequence[Share],
    revalued: Revalued,
) -> None:
    """Write the charges, and what each layer bears."""
    stock = _stock_parts(layers, [each.amount for each in shares], revalued.stock_by_item)
    await insert_rows(
        work,
        LandedCharge,
        [
            {
                "landed_cost_id": landed_id,
                "line_number": number,
                "kind": charge.kind,
                "basis": charge.basis,
                "amount_minor": charge.amount_minor,
            }
            for number, charge in enumerate(charges, start=1)
        ],
    )
    await insert_rows(
        work,
        LandedShare,
        [
            {
                "landed_cost_id": landed_id,
                "layer_id": layer.id,
                "item_id": layer.item_id,
                "quantity": layer.quantity,
                "weight": each.bearer.weight,
                "volume": each.bearer.volume,
                "amount_minor": each.amount,
                "stock_minor": stock[layer.id],
            }
            for layer, each in zip(layers, shares, strict=True)
        ],
    )


def _stock_parts(
    layers: Sequence[Row[Any]], amounts: Sequence[int], by_item: Mapping[int, int]
) -> dict[int, int]:
    """What of each layer's amount went to the stock: the item's, by what its layers bear."""
    parts: dict[int, int] = {}
    for item_id in {row.item_id for row in layers}:
        mine = [
            (row.id, n) for row, n in zip(layers, amounts, strict=True) if row.item_id == item_id
        ]
        shared = share(by_item.get(item_id, 0), [Decimal(amount) for _, amount in mine])
        parts |= {layer: part for (layer, _), part in zip(mine, shared, strict=True)}
    return parts
