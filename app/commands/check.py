"""`crossdock check`: do the books, the stock and the orders agree?"""

import asyncio
from typing import Annotated

import typer

from app import checking
from app.database import connect
from app.installation import installation
from app.settings import Settings
from domain.kernel import json


def check(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")] = False,
    tenant: Annotated[str | None, typer.Option("--tenant", help="Only this tenant.")] = None,
) -> None:
    """Verify the invariants over all tenants in one snapshot; exit 1 on any violation."""
    with installation(Settings.from_environment()) as running:
        report = asyncio.run(_check(running.settings.database_url or "", tenant))
    if as_json:
        print(json.dump({"checked": report.checked, "violations": report.violations}))
    else:
        _print(report)
    raise typer.Exit(1 if report.violations else 0)


async def _check(database_url: str, tenant: str | None) -> checking.Report:
    engine = connect(database_url, pool_size=1)
    try:
        return await checking.check(engine, tenant_slug=tenant)
    finally:
        await engine.dispose()


def _print(report: checking.Report) -> None:
    descriptions = {i.name: i.description for i in checking.all_invariants()}
    for name, count in report.checked.items():
        broken = sum(v["invariant"] == name for v in report.violations)
        verdict = f"{broken} VIOLATED" if broken else "holds"
        print(f"{count:>9}  {verdict:<12} {name}: {descriptions[name]}")
    for violation in report.violations:
        print("VIOLATION", json.dump(violation))
    total = sum(report.checked.values())
    print(f"{total} things checked, {len(report.violations)} violations.")
