"""Opening stock: one row for each place, received with its cost; the same again changes nothing."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Text, any_, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from domain.catalog.models import Item
from domain.entities.models import LegalEntity, Location
from domain.inventory.balances import NEW, Place, find_balances, lock_balances_by_id
from domain.inventory.corrections import book_corrections, correction
from domain.inventory.goods import coming_goods
from domain.inventory.lines import ReceiptLine
from domain.inventory.models import SerialNumber, StockBalance, StockMovement
from domain.inventory.operations.receiving import receive_stock
from domain.inventory.sites import find_site
from domain.kernel.errors import Expected, Refusal
from domain.kernel.quantity import plain
from domain.kernel.reading import Reader
from domain.kernel.turns import take_turn
from domain.kernel.work import Work
from domain.onboarding.imports.attempts import note_refusal, write_apart
from domain.onboarding.imports.drafts import rows_by_code
from domain.onboarding.imports.records import Faults, Record, key_text
from domain.onboarding.imports.written import Written

REASON = "OPENING"
KEY = ("location", "sku", "lot", "condition", "owner")
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Lying:
    """What a row says: where, how much in base units, and as a line of a receipt."""

    record: Record
    place: Place
    quantity: Decimal
    line: ReceiptLine


@dataclass(frozen=True, slots=True)
class OpeningPlan:
    """Rows to receive, and how many stand already as the file says."""

    lying: list[Lying]
    unchanged: int
    faults: Faults


async def check_opening_stock(work: Work, records: list[Record], faults: Faults) -> OpeningPlan:
    """The rows without faults that are still to be received; every fault is noted.

    One import of the tenant at a time: of two with the same rows the second finds them there."""
    await take_turn(work, "opening stock")
    whole = [record for record in records if not faults.failed(record.row)]
    known = {
        name: await rows_by_code(
            work, table, {r.values[name] for r in whole if name in r.values}, code=code
        )
        for name, table, code in (
            ("location", Location, "code"),
            ("sku", Item, "sku"),
            ("owner", LegalEntity, "code"),
        )
    }
    sound = [record for record in whole if _is_known(record, known, faults)]
    lying = await _lying(work, sound, known, faults)
    stock = await _stock(work, [each.place for each in lying])
    wanted = [each for each in lying if not _is_there(each, stock, faults)]
    unchanged = sum(not faults.failed(each.record.row) for each in lying) - len(wanted)
    return OpeningPlan(wanted, unchanged, faults)


async def write_opening_stock(work: Work, plan: OpeningPlan) -> Written:
    """Receive what lies there, site by site; what is refused is noted."""
    by_site: dict[tuple[int, int], list[Lying]] = defaultdict(list)
    for each in plan.lying:
        by_site[each.place.location_id, each.place.owner_id].append(each)
    written = 0
    for (location_id, owner_id), lying in sorted(by_site.items()):

        async def receive(
            some: Sequence[Lying], location_id: int = location_id, owner_id: int = owner_id
        ) -> None:
            await receive_stock(
                work,
                location_id=location_id,
                owner_id=owner_id,
                lines=[each.line for each in some],
                reason=REASON,
            )

        done = await write_apart(
            work,
            lying,
            receive,
            lambda each, problem: note_refusal(plan.faults, each.record.row, problem),
        )
        written += len(done)
    return Written(written, 0, plan.unchanged)


async def found_opening_stock(reader: Reader, plan: OpeningPlan) -> Sequence[tuple[str, int]]:
    """Key and balance of the places that the plan receives into."""
    ids = await find_balances(reader, [each.place for each in plan.lying])
    return [
        (key_text([each.record.values.get(name, "") for name in KEY]), ids[each.place])
        for each in plan.lying
        if each.place in ids
    ]


def claims_of(record: Record) -> list[str]:
    """The pieces of a row: each lies in one place only."""
    sku = record.values.get("sku")
    return [f"serials {code} of {sku}" for code in record.values.get("serials", ())]


async def take_back(work: Work, balance_ids: Sequence[int]) -> None:
    """Book out again what was received as opening stock into these balances."""
    opened = await _opened(work, balance_ids)
    pieces: dict[int, list[str]] = defaultdict(list)
    for row in await work.rows(
        select(SerialNumber.balance_id, SerialNumber.code).where(
            SerialNumber.tenant_id == work.tenant_id,
            SerialNumber.balance_id == any_(literal(list(balance_ids), ARRAY(BigInteger))),
            SerialNumber.state == "available",
        )
    ):
        pieces[row.balance_id].append(row.code)
    balances = await lock_balances_by_id(work, balance_ids)
    by_site: dict[tuple[int, int], list[Any]] = defaultdict(list)
    for balance in balances.values():
        by_site[balance.location_id, balance.owner_id].append(balance)
    for (location_id, owner_id), some in sorted(by_site.items()):
        await book_corrections(
            work,
            [correction(b, -opened[b.id], pieces[b.id]) for b in some if opened.get(b.id)],
            site=await find_site(work, location_id=location_id, owner_id=owner_id),
            reason=REASON,
            balance_ids=[balance.id for balance in some],
        )


def _is_known(record: Record, known: Mapping[str, Mapping[str, Any]], faults: Faults) -> bool:
    nouns = {"sku": "item", "owner": "legal entity"}
    for name, rows in known.items():
        code = record.values.get(name)
        if code is not None and code not in rows:
            noun = nouns.get(name, name)
            message, remedy = f"There is no {noun} {code}.", f"Import the {noun} first."
            kind = f"UNKNOWN_{noun.upper().replace(' ', '_')}"
            faults.add(record.row, name, kind, message, remedy)
    return not faults.failed(record.row)


async def _lying(
    work: Work, records: Sequence[Record], known: Mapping[str, Mapping[str, Any]], faults: Faults
) -> list[Lying]:
    goods = await coming_goods(work, {known["sku"][r.values["sku"]].id for r in records})
    found: dict[Place, Lying] = {}
    for record in records:
        item, location = (
            known["sku"][record.values["sku"]],
            known["location"][record.values["location"]],
        )
        owner = record.values.get("owner")
        place = Place(
            item.id,
            location.id,
            location.entity_id if owner is None else known["owner"][owner].id,
            record.values.get("condition", NEW),
            record.values.get("lot", ""),
        )
        given = record.values["quantity"], record.values.get("unit")
        try:
            quantity = goods[item.id].in_base(*given, path=("quantity",))
        except (Expected, Refusal) as problem:
            note_refusal(faults, record.row, problem)
            continue
        first = found.setdefault(place, Lying(record, place, quantity, _line(record, item.id)))
        if first.record is not record:
            message = f"Row {first.record.row} speaks of the same place."
            faults.add(record.row, None, "GIVEN_TWICE", message, "Add them up.")
    return list(found.values())


def _line(record: Record, item_id: int) -> ReceiptLine:
    names = ("unit", "condition", "lot", "unit_cost", "manufactured_on", "expires_on", "serials")
    return ReceiptLine(
        item_id=item_id,
        quantity=record.values["quantity"],
        **{name: record.values[name] for name in names if name in record.values},
    )


async def _stock(reader: Reader, places: Sequence[Place]) -> dict[Place, tuple[Decimal, Decimal]]:
    """What was received as opening stock at each place, and what lies there now."""
    ids = await find_balances(reader, places)
    opened = await _opened(reader, list(ids.values()))
    rows = await reader.rows(
        select(StockBalance.id, StockBalance.on_hand).where(
            StockBalance.tenant_id == reader.tenant_id,
            StockBalance.id == any_(literal(list(ids.values()), ARRAY(BigInteger))),
        )
    )
    on_hand = {row.id: plain(row.on_hand) for row in rows}
    return {place: (opened.get(i, _ZERO), on_hand[i]) for place, i in ids.items()}


async def _opened(reader: Reader, balance_ids: Sequence[int]) -> dict[int, Decimal]:
    rows = await reader.rows(
        select(StockMovement.balance_id, func.sum(StockMovement.on_hand).label("quantity"))
        .where(
            StockMovement.tenant_id == reader.tenant_id,
            StockMovement.balance_id == any_(literal(list(balance_ids), ARRAY(BigInteger))),
            StockMovement.reason == literal(REASON, Text),
        )
        .group_by(StockMovement.balance_id)
    )
    return {row.balance_id: plain(row.quantity) for row in rows}


def _is_there(lying: Lying, stock: Mapping[Place, tuple[Decimal, Decimal]], faults: Faults) -> bool:
    opened, on_hand = stock.get(lying.place, (_ZERO, _ZERO))
    if opened == on_hand == 0:
        return False
    if lying.quantity not in (opened, on_hand):
        message = f"{on_hand} lies there already, {opened} of it as opening stock."
        faults.add(
            lying.record.row, "quantity", "STOCK_THERE", message, "Count or adjust it instead."
        )
    return True
