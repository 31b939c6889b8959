"""Locations: one row each."""

from collections.abc import Callable, Sequence
from typing import Any

from domain.entities.master_upserts import upsert_locations
from domain.entities.models import LegalEntity, Location
from domain.entities.policy import sound_location
from domain.kernel.quotas import require_room
from domain.kernel.reading import Reader
from domain.kernel.work import Work
from domain.onboarding.imports.drafts import (
    drafts_of,
    ids_by_code,
    require_fields,
    rows_by_code,
    sound_drafts,
)
from domain.onboarding.imports.headers import Column
from domain.onboarding.imports.records import Faults, Record
from domain.onboarding.imports.values import as_time_of_day
from domain.onboarding.imports.written import Written, counted


def read_field(name: str) -> Callable[[str], Any]:
    """How a cell of a location's field is read."""

    def read(value: str) -> Any:
        fields: Any = {name: value}
        if name in ("kind", "status"):
            fields = {name: value.lower().replace(" ", "_").replace("-", "_")}
        elif name == "country":
            fields = {name: value.upper()}
        return sound_location(fields)[name]

    return read


ADDRESS_COLUMNS = (
    Column(
        field="address_name",
        says="Whose address it is.",
        aliases=("attention", "contact", "recipient"),
        read=read_field("address_name"),
    ),
    Column(
        field="line1",
        says="Street and number.",
        aliases=("address", "address 1", "address line 1", "street"),
        read=read_field("line1"),
    ),
    Column(
        field="line2",
        says="More of the street address.",
        aliases=("address 2", "address line 2"),
        read=read_field("line2"),
    ),
    Column(field="city", says="City.", aliases=("town",), read=read_field("city")),
    Column(
        field="region",
        says="State or province.",
        aliases=("state", "province", "county", "state province"),
        read=read_field("region"),
    ),
    Column(
        field="postal_code",
        says="Postal code.",
        aliases=("zip", "zip code", "postcode", "zip postal code"),
        read=read_field("postal_code"),
    ),
    Column(
        field="country",
        says="ISO 3166-1 alpha-2, such as US.",
        aliases=("country code",),
        read=read_field("country"),
    ),
)
COLUMNS = (
    Column(
        field="code",
        says="The location's own code.",
        aliases=("location", "location code", "warehouse", "warehouse code", "site"),
        read=read_field("code"),
        needed=True,
    ),
    Column(
        field="name",
        says="Its name; new locations need it.",
        aliases=("location name", "warehouse name"),
        read=read_field("name"),
    ),
    Column(
        field="kind",
        says="owned, third_party, store, supplier or in_transit; new locations need it.",
        aliases=("type", "location type"),
        read=read_field("kind"),
    ),
    Column(
        field="entity",
        says="The code of the legal entity that owns it; new locations need it.",
        aliases=("legal entity", "owner", "company", "entity code"),
    ),
    Column(
        field="time_zone",
        says="IANA name, such as America/New_York.",
        aliases=("timezone", "tz"),
        read=read_field("time_zone"),
    ),
    Column(
        field="cut_off_time",
        says="Orders before it leave the same day: 15:30.",
        aliases=("cut off", "cutoff", "cutoff time"),
        read=as_time_of_day,
    ),
    Column(field="status", says="active or closed.", read=read_field("status")),
    *ADDRESS_COLUMNS,
)
_FIELDS = tuple(column.field for column in COLUMNS if column.field != "code")


async def check_locations(
    work: Work, records: list[Record], faults: Faults
) -> dict[str, dict[str, Any]]:
    """The locations of the rows without faults, by code; every fault is noted."""
    drafts = drafts_of(records, faults, code="code", fields=_FIELDS)
    existing = await rows_by_code(work, Location, drafts)
    named = {d.fields["entity"] for d in drafts.values() if "entity" in d.fields}
    entities = await rows_by_code(work, LegalEntity, named)
    require_fields(drafts, existing, ("name", "kind", "entity"), faults)
    for draft in drafts.values():
        code = draft.fields.get("entity")
        if code is not None and code not in entities:
            row, message = draft.told_in["entity"], f"There is no legal entity {code}."
            remedy = "Create the legal entity first."
            faults.add(row, "entity", "UNKNOWN_ENTITY", message, remedy)
    wanted: dict[str, dict[str, Any]] = {}
    for code, draft in sound_drafts(drafts, faults).items():
        wanted[code] = {n: value for n, value in draft.fields.items() if n != "entity"}
        if "entity" in draft.fields:
            wanted[code]["entity_id"] = entities[draft.fields["entity"]].id
    return wanted


async def write_locations(work: Work, wanted: dict[str, dict[str, Any]]) -> Written:
    """Make and change the locations."""
    done = counted(await upsert_locations(work, wanted))
    await require_room(work, "locations", Location, Location.status == "active", adding=0)
    return done


async def found_locations(
    reader: Reader, wanted: dict[str, dict[str, Any]]
) -> Sequence[tuple[str, int]]:
    """Code and id of the wanted locations that stand."""
    return await ids_by_code(reader, Location, wanted)
