"""`crossdock tenant`: what the operators settle for a tenant."""

import asyncio
from typing import Annotated

import typer
from sqlalchemy import text

from app.database import connect
from app.http.services import system_clock
from app.installation import installation
from app.settings import Settings
from domain.kernel.work import unit_of_work
from domain.onboarding.door.entering import plan_of_slug, set_plan
from domain.onboarding.door.plans import OFFERED, Plan, plan_named
from tenancy.principals import system_principal
from tenancy.transaction import scoped_transaction

Slug = Annotated[str, typer.Argument(help="The tenant's slug, such as demo.")]
Chosen = Annotated[
    str | None, typer.Argument(help=f"The plan: {', '.join(OFFERED)}. Without: say which it has.")
]


def tenant(
    what: Annotated[str, typer.Argument(help="What to settle: plan.")],
    slug: Slug,
    name: Chosen = None,
) -> None:
    """Say or set a tenant's plan: `crossdock tenant plan demo large`."""
    if what != "plan" or name not in (None, *OFFERED):
        message = f"crossdock: say `tenant plan SLUG [{'|'.join(OFFERED)}]`."
        typer.echo(message, err=True)
        raise typer.Exit(2)
    with installation(Settings.from_environment()) as running:
        plan = asyncio.run(_plan(running.settings.database_url or "", slug, name))
    if plan is None:
        typer.echo(f"crossdock: there is no tenant {slug!r}.", err=True)
        raise typer.Exit(1)
    print(
        f"{slug}: {plan.name}: {plan.tenant.per_minute:,} points a minute, "
        f"{plan.app.per_minute:,} for an app; {plan.connections:,} connections, "
        f"{plan.connections_of_caller:,} of a caller; {plan.sign_ins_of_address:,} sign-ins "
        "from an address in five minutes"
    )


async def _plan(database_url: str, slug: str, name: str | None) -> Plan | None:
    engine = connect(database_url, pool_size=1)
    try:
        async with scoped_transaction(engine, system_principal(0), read_only=True) as connection:
            found = await connection.execute(
                text("SELECT tenant_id FROM tenant_of_slug(:slug)"), {"slug": slug}
            )
            tenant_id = found.scalar()
        if tenant_id is None:
            return None
        if name is not None:
            caller = system_principal(tenant_id, name="operator")
            async with unit_of_work(engine, caller, now=system_clock()) as work:
                await set_plan(work, plan=name)
        return plan_named(await plan_of_slug(engine, slug))
    finally:
        await engine.dispose()
