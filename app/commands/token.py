"""`crossdock token`: a bearer token for a user of a tenant."""

import asyncio
from datetime import timedelta
from typing import Annotated

import typer

from app.database import connect
from app.http.services import system_clock
from app.installation import installation
from app.settings import Settings
from domain.kernel import json
from tenancy.authentication import Authenticator
from tenancy.failures import AuthenticationFailed

Tenant = Annotated[str, typer.Option("--tenant", help="The tenant's slug, such as demo.")]


def token(
    tenant: Tenant,
    user: Annotated[str, typer.Option("--user", help="The user's name, such as admin.")],
    minutes: Annotated[int, typer.Option(min=1, max=1440, help="How long it is valid.")] = 720,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, for programs.")] = False,
) -> None:
    """Print a bearer token for a user; whoever may run this owns the installation."""
    with installation(Settings.from_environment()) as running:
        try:
            made = asyncio.run(_issue(running.settings, tenant, user, timedelta(minutes=minutes)))
        except AuthenticationFailed as failure:
            message = f"crossdock: no active user {user!r} in tenant {tenant!r}."
            typer.echo(message, err=True)
            raise typer.Exit(1) from failure
    print(json.dump({"token": made, "minutes": minutes}) if as_json else made)


async def _issue(settings: Settings, tenant: str, user: str, lifetime: timedelta) -> str:
    engine = connect(settings.database_url or "", pool_size=1)
    try:
        authenticator = Authenticator(engine, settings.signing_secret())
        return await authenticator.issue_token(tenant, user, system_clock(), lifetime=lifetime)
    finally:
        await engine.dispose()
