"""Which kinds are governed, and which local variants the tenant's standard allows."""

from typing import TypedDict, Unpack

from domain.governance.governing import (
    is_stricter,
    settings_of,
    sound_settings,
    write_settings,
)
from domain.governance.kinds import kind_named
from domain.kernel.governing import GOVERNANCE, require_open
from domain.kernel.permissions import operation
from domain.kernel.work import Work


class Settings(TypedDict, total=False):
    """What may be set of a kind; absent keeps. `mode`: open or governed."""

    mode: str
    channel_variants: bool
    entity_variants: bool


@operation("governance.manage")
async def set_governance(work: Work, *, kind: str, **fields: Unpack[Settings]) -> None:
    """Govern a kind or not, and say whether channels and entities may have their own.

    To be stricter is always free; once governance itself is governed, to let go is a change
    request. Raises NotFound, InvalidInput, ChangeRequestRequired."""
    name = kind_named(kind).name
    before = await settings_of(work, [name])
    after = {**before[name], **sound_settings(dict(fields))}
    if after == before[name]:
        return
    if not is_stricter(before[name], after):
        await require_open(work, GOVERNANCE)
    await write_settings(work, {name: after}, before)
