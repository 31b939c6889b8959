"""Kits: one row for each component; a kit's rows say all that it is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.catalog.kits import components_of
from domain.catalog.models import Item
from domain.catalog.operations.kits import ComponentLine, set_kit_components
from domain.catalog.policy import sound_unit
from domain.kernel.reading import Reader
from domain.kernel.work import Work
from domain.onboarding.imports.attempts import note_refusal, write_apart
from domain.onboarding.imports.drafts import Draft, drafts_of, ids_by_code, sound_drafts
from domain.onboarding.imports.headers import Column
from domain.onboarding.imports.records import Faults, Record
from domain.onboarding.imports.values import as_positive
from domain.onboarding.imports.written import Written

COLUMNS = (
    Column(
        field="sku",
        says="The kit's own code.",
        aliases=("kit", "kit sku", "parent sku", "bundle", "bundle sku"),
        needed=True,
    ),
    Column(
        field="component",
        says="The code of an item in it.",
        aliases=("component sku", "child sku", "part", "part number"),
        needed=True,
    ),
    Column(
        field="quantity",
        says="How many of it go into one base unit of the kit.",
        aliases=("qty", "component quantity"),
        read=as_positive,
        needed=True,
    ),
    Column(
        field="unit",
        says="A unit of the component; its base unit if blank.",
        aliases=("uom", "unit of measure"),
        read=sound_unit,
    ),
)


@dataclass(frozen=True, slots=True)
class KitPlan:
    """What each kit is made of, and the ids of all items that are named."""

    drafts: Mapping[str, Draft]
    ids: Mapping[str, int]
    faults: Faults

    def components(self, sku: str) -> list[ComponentLine]:
        """What a kit is made of."""
        return [
            ComponentLine(
                item_id=self.ids[record.values["component"]],
                quantity=record.values["quantity"],
                unit=record.values.get("unit"),
            )
            for record in self.drafts[sku].rows
        ]


async def check_kits(work: Work, records: list[Record], faults: Faults) -> KitPlan:
    """The kits of the rows without faults; every fault is noted."""
    named = {r.values[name] for r in records for name in ("sku", "component") if name in r.values}
    ids = dict(await ids_by_code(work, Item, named, code="sku"))
    for record in records:
        for name in ("sku", "component"):
            sku = record.values.get(name)
            if sku is not None and sku not in ids:
                message, remedy = f"There is no item {sku}.", "Import the item first."
                faults.add(record.row, name, "UNKNOWN_ITEM", message, remedy)
    failed = {r.values["sku"]: r for r in records if faults.failed(r.row) and "sku" in r.values}
    drafts = drafts_of(records, faults, code="sku", fields=())
    for sku, draft in drafts.items():
        if sku in failed:
            # Without the faulty row it would be another kit.
            for record in draft.rows:
                message = f"Row {failed[sku].row}, of the same record, has a fault."
                faults.add(record.row, None, "OTHER_ROW_FAILED", message, "Mend that row.")
        _note_doubles(draft, faults)
    return KitPlan(sound_drafts(drafts, faults), ids, faults)


def _note_doubles(draft: Draft, faults: Faults) -> None:
    first: dict[str, int] = {}
    for record in draft.rows:
        line = first.setdefault(record.values["component"], record.row)
        if line != record.row:
            message = f"Row {line} names the same component."
            faults.add(record.row, "component", "GIVEN_TWICE", message, "Add them up.")


async def write_kits(work: Work, plan: KitPlan) -> Written:
    """Tell what the kits are made of; what is refused is noted."""
    ids = [plan.ids[sku] for sku in plan.drafts]
    before = await components_of(work, ids)

    async def write_some(skus: Sequence[str]) -> None:
        for sku in skus:
            await set_kit_components(work, item_id=plan.ids[sku], components=plan.components(sku))

    written = await write_apart(
        work,
        list(plan.drafts),
        write_some,
        lambda sku, problem: note_refusal(
            plan.faults, plan.drafts[sku].first_row, problem, {"components": "component"}
        ),
    )
    after = await components_of(work, ids)
    changed = [sku for sku in written if before.get(plan.ids[sku]) != after.get(plan.ids[sku])]
    created = sum(not before.get(plan.ids[sku]) for sku in changed)
    return Written(created, len(changed) - created, len(written) - len(changed))


async def found_kits(reader: Reader, plan: KitPlan) -> Sequence[tuple[str, int]]:
    """SKU and id of the kits."""
    return [(sku, plan.ids[sku]) for sku in plan.drafts]
