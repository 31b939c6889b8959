"""`crossdock tenant`: what the operators do for tenants."""

import asyncio
from typing import Annotated

import typer

from app.database import connect
from app.http.services import system_clock
from app.installation import installation
from app.settings import Settings
from domain.kernel.errors import Expected, Refusal
from domain.kernel.paging import LARGEST_SIZE, PageRequest
from domain.kernel.work import Work, unit_of_work
from domain.onboarding.door.entering import plan_of_slug
from domain.onboarding.door.plans import OFFERED, plan_named
from domain.onboarding.operators import operations, queries
from tenancy.principals import HOUSE, system_principal

NEEDS = {
    "plan": (1, 2),
    "provision": (3, 3),
    "list": (0, 0),
    "usage": (1, 1),
    "suspend": (2, 2),
    "resume": (1, 1),
    "quota": (2, 3),
}
USAGE = (
    "say one of: tenant list | usage SLUG | plan SLUG [PLAN] | provision SLUG NAME EMAIL | "
    "suspend SLUG REASON | resume SLUG | quota SLUG QUOTA [NUMBER]"
)


def tenant(
    what: Annotated[str, typer.Argument(help=f"One of: {', '.join(NEEDS)}.")],
    values: Annotated[list[str] | None, typer.Argument(help="What it is done with.")] = None,
) -> None:
    """List, provision, suspend, resume and limit tenants: `crossdock tenant plan demo large`."""
    given = values or []
    least, most = NEEDS.get(what, (1, 0))
    if not least <= len(given) <= most or (
        what == "plan" and given[1:] and given[1] not in OFFERED
    ):
        typer.echo(f"crossdock: {USAGE} (plans: {', '.join(OFFERED)}).", err=True)
        raise typer.Exit(2)
    with installation(Settings.from_environment()) as running:
        try:
            told = asyncio.run(_run(running.settings.database_url or "", what, given))
        except (Expected, Refusal) as refusal:
            typer.echo(f"crossdock: {refusal}", err=True)
            raise typer.Exit(1) from None
    print(told)


async def _run(database_url: str, what: str, given: list[str]) -> str:
    engine = connect(database_url, pool_size=1)
    caller = system_principal(HOUSE, name="operator")
    try:
        async with unit_of_work(engine, caller, now=system_clock()) as work:
            told = await _done(work, what, given)
        return _plan(given[0], await plan_of_slug(engine, given[0])) if what == "plan" else told
    finally:
        await engine.dispose()


async def _done(work: Work, what: str, given: list[str]) -> str:
    slug = given[0] if given else ""
    if what == "list":
        return await _list(work)
    if what == "usage":
        return await _usage(work, slug)
    if what == "provision":
        await operations.provision(work, slug=slug, name=given[1], email=given[2])
        return f"{slug} is made; {given[2]} is invited by mail."
    if what == "suspend":
        await operations.suspend(work, slug=slug, reason=given[1])
        return f"{slug} is suspended."
    if what == "resume":
        await operations.resume(work, slug=slug)
        return f"{slug} is active."
    if what == "quota":
        allowed = int(given[2]) if given[2:] else None
        await operations.set_quota(work, slug=slug, quota=given[1], allowed=allowed)
        return f"{slug}: {given[1]} {'as its plan says' if allowed is None else allowed}"
    if given[1:]:
        await operations.choose_plan(work, slug=slug, plan=given[1])
    else:
        await queries.tenant_of_slug(work, slug=slug)
    return ""


async def _list(work: Work) -> str:
    lines, after = [], None
    while True:
        request = PageRequest(size=LARGEST_SIZE, after=after)
        page = (await queries.tenants(work, request=request)).page
        lines += [f"{row.slug:<40} {row.status:<10} {row.plan or 'standard'}" for row in page.rows]
        if not page.has_next:
            return "\n".join(lines)
        after = page.cursors[-1]


async def _usage(work: Work, slug: str) -> str:
    row = await queries.tenant_of_slug(work, slug=slug)
    usage = (await queries.usage_of_tenants(work, ids=[row.id]))[row.id]
    return "\n".join(f"{name:<20} {getattr(usage, name):>14,}" for name in queries.COUNTS)


def _plan(slug: str, name: str | None) -> str:
    plan = plan_named(name)
    return (
        f"{slug}: {plan.name}: {plan.tenant.per_minute:,} points a minute, "
        f"{plan.app.per_minute:,} for an app; {plan.connections:,} connections, "
        f"{plan.connections_of_caller:,} of a caller; {plan.sign_ins_of_address:,} sign-ins "
        "from an address in five minutes"
    )
