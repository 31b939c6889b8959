"""`crossdock operator`: keys of those who run the installation."""

import asyncio
from typing import Annotated

import typer

from app.database import connect
from app.http.services import system_clock
from app.installation import installation
from app.settings import Settings
from domain.kernel.errors import CodeTaken, NotFound
from domain.kernel.work import Work, unit_of_work
from domain.onboarding.operators.keys import (
    create_operator_key,
    operator_keys,
    revoke_operator_key,
)
from tenancy.principals import HOUSE, system_principal


def operator(
    what: Annotated[str, typer.Argument(help="One of: create, revoke, list.")],
    name: Annotated[str | None, typer.Argument(help="The key's name, such as on-call.")] = None,
    read_only: Annotated[
        bool, typer.Option("--read-only", help="It may list tenants, and change nothing.")
    ] = False,
) -> None:
    """Make, revoke or list operators' keys: `crossdock operator create on-call`."""
    if what not in ("create", "revoke", "list") or (what == "list") != (name is None):
        typer.echo("crossdock: say `operator create|revoke NAME` or `operator list`.", err=True)
        raise typer.Exit(2)
    with installation(Settings.from_environment()) as running:
        try:
            told = asyncio.run(_run(running.settings.database_url or "", what, name, read_only))
        except (CodeTaken, NotFound) as refusal:
            typer.echo(f"crossdock: {refusal}", err=True)
            raise typer.Exit(1) from None
    print(told)


async def _run(database_url: str, what: str, name: str | None, read_only: bool) -> str:
    engine = connect(database_url, pool_size=1)
    caller = system_principal(HOUSE, name="command line")
    try:
        async with unit_of_work(engine, caller, now=system_clock()) as work:
            if what == "create":
                return await create_operator_key(work, name=name or "", may_manage=not read_only)
            if what == "revoke":
                await revoke_operator_key(work, name=name or "")
                return f"{name} is void within seconds."
            return await _listed(work)
    finally:
        await engine.dispose()


async def _listed(work: Work) -> str:
    rows = await operator_keys(work)
    return "\n".join(
        f"{row.name:<30} {'manages' if row.may_manage else 'reads':<8} "
        f"{'revoked' if row.revoked_at else 'valid'}"
        for row in rows
    )
