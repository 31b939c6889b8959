"""Supply that is to come is announced, moved, and cancelled."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ARRAY, Text, any_, insert, literal, select, update
from sqlalchemy.engine import Row

from domain.inventory.expected import (
    Announced,
    failure_of,
    goods_of_item,
    known_of,
    lock_supplies,
    require_no_purchase,
    require_no_transfer,
    sound_quantity,
    sound_row,
    tell,
)
from domain.inventory.models import ExpectedSupply
from domain.inventory.policies.transfers import ON_ITS_WAY
from domain.inventory.transfer_days import (
    move_transfer,
    supplies_of_transfer,
    transfer_of_supply,
)
from domain.inventory.transfer_rows import lock_transfer
from domain.kernel.bulk import ErrorPolicy, RowFailure, require_bulk_size
from domain.kernel.errors import Expected, InvalidState, Refusal, StaleVersion
from domain.kernel.permissions import operation
from domain.kernel.turns import take_turn
from domain.kernel.upserts import change_records
from domain.kernel.work import Work

ZERO = Decimal(0)
ACTIONS = ("change", "receive", "cancel")


@dataclass(frozen=True, slots=True)
class SuppliesAnnounced:
    """The supply of each row (None: refused), and which rows were refused."""

    ids: tuple[int | None, ...]
    failures: tuple[RowFailure, ...]


@operation("inventory.expect")
async def announce_supplies(
    work: Work,
    *,
    rows: Sequence[Announced],
    error_policy: ErrorPolicy = ErrorPolicy.REJECT_ALL,
) -> SuppliesAnnounced:
    """Announce up to 1,000 supplies, or tell again of those with a known external reference.

    What is told again takes the new date and quantity; what came of it stays. With REJECT_ALL one
    failed row keeps all from being written; with REJECT_FAILED_ROWS the others are."""
    require_bulk_size(len(rows), path=("rows",))
    known = await known_of(work, rows)
    sound: dict[int, dict[str, Any]] = {}
    failures: list[RowFailure] = []
    seen: set[tuple[str, str]] = set()
    for place, row in enumerate(rows):
        try:
            sound[place] = sound_row(row, known)
        except (Expected, Refusal) as refusal:
            failures.append(failure_of(place, refusal))
            continue
        key = _key(sound[place])
        if key is not None and key in seen:
            message = "This kind and external reference is given twice."
            failures.append(RowFailure(row=place, code="GIVEN_TWICE", message=message))
            del sound[place]
        elif key is not None:
            seen.add(key)
    standing = await _standing(work, seen)
    _refuse_ended(sound, standing, failures)
    if failures and error_policy is ErrorPolicy.REJECT_ALL:
        return SuppliesAnnounced((None,) * len(rows), tuple(failures))
    ids = await _write(work, sound, standing)
    ordered = sorted(failures, key=lambda failure: failure.row)
    return SuppliesAnnounced(tuple(ids.get(n) for n in range(len(rows))), tuple(ordered))


def _key(row: dict[str, Any]) -> tuple[str, str] | None:
    reference = row["external_reference"]
    return None if reference is None else (row["kind"], reference)


async def _standing(work: Work, keys: set[tuple[str, str]]) -> dict[tuple[str, str], Row[Any]]:
    if not keys:
        return {}
    # Told twice at once, neither would see the other's row: they take turns.
    await take_turn(work, "announced supplies")
    references = sorted({reference for _, reference in keys})
    rows = await work.rows(
        select(*ExpectedSupply.__table__.c)
        .where(
            ExpectedSupply.tenant_id == work.tenant_id,
            ExpectedSupply.external_reference == any_(literal(references, ARRAY(Text))),
        )
        .order_by(ExpectedSupply.id)
        .with_for_update()
    )
    return {(row.kind, row.external_reference): row for row in rows}


def _refuse_ended(
    sound: dict[int, dict[str, Any]],
    standing: dict[tuple[str, str], Row[Any]],
    failures: list[RowFailure],
) -> None:
    """A supply that came or was cancelled is not opened again, nor does it become another's."""
    for place, row in list(sound.items()):
        key = _key(row)
        there = None if key is None else standing.get(key)
        if there is None:
            continue
        same = all(there._mapping[name] == row[name] for name in ("item_id", "location_id"))
        if there.status == "open" and same:
            continue
        reason = f"is {there.status}" if same else "is of another item or location"
        message = f"The supply under this reference {reason}."
        failures.append(RowFailure(row=place, code="INVALID_STATE", message=message))
        del sound[place]


async def _write(
    work: Work, sound: dict[int, dict[str, Any]], standing: dict[tuple[str, str], Row[Any]]
) -> dict[int, int]:
    again = {n: standing[key] for n, row in sound.items() if (key := _key(row)) in standing}
    fresh = [n for n in sound if n not in again]
    ids = {n: there.id for n, there in again.items()}
    if fresh:
        made = await work.values(
            insert(ExpectedSupply).returning(ExpectedSupply.id, sort_by_parameter_order=True),
            [{"tenant_id": work.tenant_id, "created_at": work.now, **sound[n]} for n in fresh],
        )
        ids |= dict(zip(fresh, made, strict=True))
    for n in fresh:
        tell(work, ids[n], "announced", row=sound[n], open_=sound[n]["quantity"])
        work.audit(
            "announce_supplies", subject="expected_supply", subject_id=ids[n], after=sound[n]
        )
    names = ("quantity", "expected_on", "confirmed_on", "supplier_id")
    told = [(there, {name: sound[n][name] for name in names}) for n, there in again.items()]
    await _change(work, told)
    return ids


@operation("inventory.expect")
async def announce_supply(work: Work, *, supply: Announced) -> int:
    """Announce one supply, or tell again of it; its id.

    Raises NotFound, InvalidInput, QuantityNotExact; InvalidState when it has ended."""
    row = sound_row(supply, await known_of(work, [supply]))
    sound, failures = {0: row}, list[RowFailure]()
    key = _key(row)
    standing = await _standing(work, set() if key is None else {key})
    _refuse_ended(sound, standing, failures)
    if failures:
        raise InvalidState(failures[0].message, state="ended", allowed=[])
    return (await _write(work, sound, standing))[0]


@operation("inventory.expect")
async def change_supply(
    work: Work,
    *,
    supply_id: int,
    expected_version: int | None = None,
    quantity: Decimal | None = None,
    unit: str | None = None,
    expected_on: date | None = None,
    confirmed_on: date | None = None,
) -> None:
    """Another quantity (in a unit, the base unit if absent), another day, or the supplier's
    confirmation of a day. A quantity that has come already ends the supply. Another day of what
    comes with a transfer is the transfer's, and that of all its goods still under way.

    Raises NotFound, InvalidInput, QuantityNotExact, InvalidState, StaleVersion."""
    day = expected_on or confirmed_on
    transfer_id = None if day is None else await transfer_of_supply(work, supply_id)
    if transfer_id is not None and day is not None:
        transfer = await lock_transfer(work, transfer_id, allowed=ON_ITS_WAY)
        beside = await supplies_of_transfer(work, transfer_id)
        rows = await lock_supplies(work, {supply_id, *beside})
        await move_transfer(work, transfer_id, before=transfer.expected_on, day=day)
        others = [rows[each] for each in beside if each != supply_id]
        await _change(work, [(other, {"expected_on": day}) for other in others])
    row = await _open_supply(work, supply_id, expected_version)
    require_no_purchase(row)
    values: dict[str, Any] = {}
    if quantity is not None:
        require_no_transfer(row)
        goods = await goods_of_item(work, row.item_id)
        values["quantity"] = sound_quantity(quantity, unit, goods)
    if day is not None:
        values["expected_on"] = day
    if confirmed_on is not None:
        values["confirmed_on"] = confirmed_on
    await _change(work, [(row, values)])


@operation("inventory.expect")
async def cancel_supply(
    work: Work, *, supply_id: int, reason: str, expected_version: int | None = None
) -> None:
    """What has not come of the supply will not come.

    Raises NotFound, InvalidState, StaleVersion."""
    row = await _open_supply(work, supply_id, expected_version)
    require_no_transfer(row)
    await work.execute(
        update(ExpectedSupply)
        .where(ExpectedSupply.tenant_id == work.tenant_id, ExpectedSupply.id == supply_id)
        .values(status="cancelled", version=ExpectedSupply.version + 1)
    )
    tell(work, supply_id, "cancelled", row=row._mapping, open_=ZERO)
    work.audit(
        "cancel_supply",
        subject="expected_supply",
        subject_id=supply_id,
        before={"status": "open"},
        after={"status": "cancelled"},
        reason=reason,
    )


async def _open_supply(work: Work, supply_id: int, expected_version: int | None) -> Row[Any]:
    row = (await lock_supplies(work, [supply_id]))[supply_id]
    if expected_version is not None and row.version != expected_version:
        message = "The supply changed since you read it; read it again."
        raise StaleVersion(message, expected=expected_version, actual=row.version)
    if row.status != "open":
        raise InvalidState(f"The supply is {row.status}.", state=row.status, allowed=[])
    return row


async def _change(work: Work, wanted: Sequence[tuple[Row[Any], dict[str, Any]]]) -> None:
    """Write what differs of many locked supplies; what has come already ends the supply."""
    changes: dict[int, dict[str, Any]] = {}
    for row, values in wanted:
        before = {name: row._mapping[name] for name in values if row._mapping[name] != values[name]}
        if not before:
            continue
        now = dict(row._mapping) | values
        ended = now["quantity"] <= now["received"]
        status = {"status": "received"} if ended else {}
        changes[row.id] = {name: values[name] for name in before} | status
        tell(work, row.id, "changed", row=now, open_=max(now["quantity"] - now["received"], ZERO))
        work.audit(
            "change_supply",
            subject="expected_supply",
            subject_id=row.id,
            before=before,
            after=changes[row.id],
        )
    await change_records(work, ExpectedSupply, changes)
