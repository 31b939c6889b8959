"""Kits are put together from components that lie at the same place, and taken apart again.

What the components cost is what the kits cost, to the minor unit: the books do not move."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from domain.catalog.kits import components_of
from domain.inventory.balances import NEW, Balance, Place, ensure_balances, lock_balances
from domain.inventory.documents import (
    REFERENCE_KIND,
    WrittenDocument,
    post_document,
    write_document,
)
from domain.inventory.events import KitsAssembled
from domain.inventory.goods import Goods, coming_goods
from domain.inventory.kit_parts import NamedPart, Part, needed, sound_parts, take_parts
from domain.inventory.lines import named_pieces, place_of
from domain.inventory.lots import ToldLot, ensure_lots, lots_of_keys
from domain.inventory.movements import Change, change_balances
from domain.inventory.policy import UnitCost, per_base_unit
from domain.inventory.serials import MovedPiece, Piece, bring_pieces, move_pieces, note_pieces
from domain.inventory.sites import Site, find_site
from domain.inventory.valuation.book import CostBook, open_costs
from domain.inventory.valuation.kinds import CostAdded, CostOf, Entered, entered_legs, merged
from domain.inventory.valuation.profits import profits_taken
from domain.kernel import text
from domain.kernel.errors import InvalidInput
from domain.kernel.money import exponent, share
from domain.kernel.permissions import operation
from domain.kernel.quantity import Conversion
from domain.kernel.work import Work

KIND = "kit_assembly"
# The open costs, what came in, and what went out in minor units.
Costs = tuple[CostBook, Sequence[Entered], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class KitsWanted:
    """How many of a unit (the base unit if absent) of a kit, of which condition and lot; and of
    its components what is not left to be chosen: which lots, and every serial number."""

    item_id: int
    quantity: Decimal
    unit: str | None = None
    condition: str = NEW
    lot: ToldLot | None = None
    serials: Sequence[str] = ()
    parts: Sequence[NamedPart] = ()


@dataclass(frozen=True, slots=True)
class _Plan:
    site: Site
    goods: Mapping[int, Goods]
    place: Place
    amount: Decimal
    serials: tuple[str, ...]
    wanted: dict[int, Decimal]
    parts: Mapping[int, Sequence[NamedPart]]
    reason: str


@operation("inventory.adjust")
async def assemble_kits(
    work: Work,
    *,
    location_id: int,
    kits: KitsWanted,
    owner_id: int | None = None,
    reason: str = "assembled",
) -> WrittenDocument:
    """Put kits together: components go out of stock, the kits come in at what those cost.

    Without named lots what expires first goes. Raises NotFound, InvalidInput, QuantityNotExact,
    LocationClosed, StockShort, LotBlocked, LotDiffers, SerialTaken, SerialNotThere."""
    plan = await _plan(work, location_id, owner_id, kits, reason)
    if kits.lot is not None:
        await ensure_lots(work, [replace(kits.lot, code=plan.place.lot)])
    kit, there = await _lock(work, plan, [plan.place])
    lots = await lots_of_keys(work, {(b.item_id, b.lot) for b in there})
    taken = take_parts(plan.wanted, plan.parts, there, lots, today=work.now.date())
    changes = [_change(part.balance, -part.quantity, plan) for part in taken]
    changes.append(_change(kit[0], plan.amount, plan))
    await change_balances(work, changes)
    book = await open_costs(
        work, {part.key for part in taken} | {(kit[0].owner_id, kit[0].item_id)}
    )
    value = sum(book.take(CostOf(*part.key, part.quantity)) for part in taken)
    profit = sum((await profits_taken(book)).values())
    entered = [
        book.add(
            CostAdded(kit[0].owner_id, kit[0].item_id, plan.amount, value, profit_minor=profit)
        )
    ]
    changes[-1] = replace(changes[-1], unit_cost=_unit_cost(value, plan))
    gone = [piece for part in taken for piece in part.pieces]
    moved = await move_pieces(work, gone, to_state="in_kit", kind=KIND, reason=plan.reason)
    moved += await bring_pieces(work, _kit_pieces(plan, kit[0]), kind=KIND, reason=plan.reason)
    return await _write(work, plan, changes, moved, (book, entered, value), assembled=True)


@operation("inventory.adjust")
async def disassemble_kits(
    work: Work,
    *,
    location_id: int,
    kits: KitsWanted,
    owner_id: int | None = None,
    reason: str = "disassembled",
) -> WrittenDocument:
    """Take kits apart: they go out of stock, the components come in for what the kits cost, shared
    by what the components are worth. Components that are tracked are named.

    Raises as assemble_kits does."""
    plan = await _plan(work, location_id, owner_id, kits, reason)
    back = _parts_back(plan)
    await ensure_lots(work, [ToldLot(item_id=place.item_id, code=place.lot) for place, _ in back])
    locked, _ = await _lock(work, plan, [plan.place, *(place for place, _ in back)])
    kit, places = locked[0], locked[1:]
    parts = [
        Part(balance, named.quantity, tuple(each.strip() for each in named.serials))
        for balance, (_, named) in zip(places, back, strict=True)
    ]
    changes = [_change(kit, -plan.amount, plan)]
    changes += [_change(part.balance, part.quantity, plan) for part in parts]
    await change_balances(work, changes)
    costs = await _share_cost(work, plan, kit, parts)
    moved = await move_pieces(
        work, _kit_pieces(plan, kit), to_state="removed", kind=KIND, reason=plan.reason
    )
    brought = [piece for part in parts for piece in part.pieces]
    moved += await bring_pieces(work, brought, kind=KIND, reason=plan.reason)
    return await _write(work, plan, changes, moved, costs, assembled=False)


async def _plan(
    work: Work, location_id: int, owner_id: int | None, kits: KitsWanted, reason: str
) -> _Plan:
    reason = text.name(reason, path=("reason",))
    site = await find_site(work, location_id=location_id, owner_id=owner_id)
    bill = (await components_of(work, [kits.item_id])).get(kits.item_id, {})
    goods = await coming_goods(work, {kits.item_id, *bill})
    if not bill:
        raise InvalidInput("The item has no components.", path=("item_id",))
    kit = goods[kits.item_id]
    amount = kit.in_base(kits.quantity, kits.unit, path=("quantity",))
    if amount <= 0:
        raise InvalidInput("Must be more than zero.", path=("quantity",))
    code = "" if kits.lot is None else kits.lot.code
    place = place_of(kit, site, condition=kits.condition, lot=code)
    wanted = needed(bill, amount)
    if any(goods[item_id].kind == "kit" for item_id in wanted):
        message = "A component is a kit without stock; name its own components instead."
        raise InvalidInput(message, path=("item_id",))
    return _Plan(
        site,
        goods,
        place,
        amount,
        named_pieces(kits.serials, amount, kit, path=()),
        wanted,
        sound_parts(wanted, kits.parts, goods),
        reason,
    )


def _parts_back(plan: _Plan) -> list[tuple[Place, NamedPart]]:
    """Where each component goes when kits are taken apart."""
    back = []
    for item_id, quantity in plan.wanted.items():
        whole = [NamedPart(item_id=item_id, quantity=quantity)]
        for named in plan.parts[item_id] or whole:
            place = place_of(
                plan.goods[item_id],
                plan.site,
                condition=plan.place.condition,
                lot=named.lot,
                path=("components",),
            )
            back.append((place, named))
    return back


async def _lock(
    work: Work, plan: _Plan, places: Sequence[Place]
) -> tuple[list[Balance], list[Balance]]:
    """The balances of the places, and all of the components there, locked in one order."""
    ids = await ensure_balances(work, places)
    locked = await lock_balances(
        work,
        item_ids=sorted({plan.place.item_id, *plan.wanted}),
        location_ids=[plan.site.location_id],
        owner_id=plan.site.owner_id,
        condition=plan.place.condition,
    )
    by_id = {balance.id: balance for balance in locked}
    return [by_id[ids[place]] for place in places], locked


def _change(balance: Balance, on_hand: Decimal, plan: _Plan) -> Change:
    return Change(balance_id=balance.id, kind=KIND, on_hand=on_hand, reason=plan.reason)


def _kit_pieces(plan: _Plan, kit: Balance) -> list[Piece]:
    return [Piece(item_id=kit.item_id, code=code, balance_id=kit.id) for code in plan.serials]


def _unit_cost(value_minor: int, plan: _Plan) -> Decimal:
    """What one kit cost, in major units."""
    currency = plan.site.currency
    major = Decimal(value_minor).scaleb(-exponent(currency))
    return per_base_unit(UnitCost(major, currency, Conversion(plan.amount)))


async def _share_cost(work: Work, plan: _Plan, kit: Balance, parts: Sequence[Part]) -> Costs:
    keys = {part.key for part in parts} | {(kit.owner_id, kit.item_id)}
    book = await open_costs(work, keys)
    worth = [Decimal(book.worth(part.key, part.quantity)) for part in parts]
    value = book.take(CostOf(kit.owner_id, kit.item_id, plan.amount))
    # Where what one of them is worth is not known, their quantities must do.
    weights = worth if all(worth) else [part.quantity for part in parts]
    profits = share(sum((await profits_taken(book)).values()), weights)
    entered = [
        book.add(CostAdded(*part.key, part.quantity, value_minor, profit_minor=profit_minor))
        for part, value_minor, profit_minor in zip(
            parts, share(value, weights), profits, strict=True
        )
    ]
    return book, entered, value


async def _book(work: Work, document: WrittenDocument, site: Site, costs: Costs) -> None:
    """The value moves within the stock: only what differs from a standard shows in the books."""
    book, entered, value = costs
    await book.write(document.source, contra=KIND)
    legs = merged(entered_legs(entered), (("inventory", -value),), book.bought_legs(site.owner_id))
    await post_document(work, document, milestone=KIND, site=site, legs=legs)


async def _write(
    work: Work,
    plan: _Plan,
    changes: Sequence[Change],
    moved: Sequence[MovedPiece],
    costs: Costs,
    *,
    assembled: bool,
) -> WrittenDocument:
    document = await write_document(
        work,
        kind=KIND,
        site=plan.site,
        reason=plan.reason,
        changes=changes,
        balance_ids=[change.balance_id for change in changes],
    )
    reference: dict[str, Any] = {
        "reference_kind": REFERENCE_KIND,
        "reference_id": document.document_id,
    }
    await note_pieces(work, moved, **reference)
    await _book(work, document, plan.site, costs)
    work.record(
        KitsAssembled(
            aggregate_id=document.document_id,
            number=document.number,
            location_id=plan.site.location_id,
            owner_id=plan.site.owner_id,
            item_ids=tuple(sorted({plan.place.item_id, *plan.wanted})),
            assembled=assembled,
        )
    )
    work.audit(
        "assemble_kits" if assembled else "disassemble_kits",
        subject="stock_document",
        subject_id=document.document_id,
        after={"number": document.number, "kit": plan.place._asdict(), "quantity": plan.amount},
        reason=plan.reason,
    )
    return document
