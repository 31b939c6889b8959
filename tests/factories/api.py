"""Asking the API in tests: the real application, over HTTP, as a signed-in user."""

import itertools
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert
from starlette.applications import Starlette

from app.http.services import Services, system_clock
from tenancy.models import Role, RolePermission, UserAccount, UserRole
from tests.factories.in_process import InProcessClient
from tests.factories.tenants import TenantUnderTest

_serial = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Answer:
    """A GraphQL answer: its data and its top-level errors."""

    status: int
    body: dict[str, Any]

    @property
    def data(self) -> dict[str, Any]:
        """The data; the test fails here when there are errors."""
        assert "errors" not in self.body, self.body["errors"]
        data: dict[str, Any] = self.body["data"]
        return data

    @property
    def error_codes(self) -> list[str]:
        """The codes of the top-level errors."""
        return [error["extensions"]["code"] for error in self.body.get("errors", [])]


@dataclass(frozen=True, slots=True)
class ApiCaller:
    """One user (or nobody) before the API."""

    http: InProcessClient
    token: str | None

    async def ask(self, query: str, **variables: Any) -> Answer:
        """Send one operation and read its answer."""
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        body = {"query": query, "variables": variables}
        return Answer(*await self.http.operate(body, headers))


@dataclass(frozen=True, slots=True)
class ApiUnderTest:
    """The application and its services."""

    application: Starlette
    services: Services
    http: InProcessClient

    async def user(
        self,
        tenant: TenantUnderTest,
        *permissions: str,
        party_id: int | None = None,
        location_id: int | None = None,
    ) -> ApiCaller:
        """A new user of the tenant with just these permissions (all of them: pass "*")."""
        if permissions == ("*",):
            from tenancy.permissions import ALL_PERMISSIONS

            permissions = tuple(ALL_PERMISSIONS)
        name = f"user{next(_serial)}"
        await insert_user(tenant, name, permissions, party_id, location_id)
        now = system_clock()
        return ApiCaller(
            self.http, await self.services.authenticator.issue_token(tenant.slug, name, now)
        )

    def nobody(self) -> ApiCaller:
        """A caller without credentials."""
        return ApiCaller(self.http, None)


async def insert_user(
    tenant: TenantUnderTest,
    name: str,
    permissions: tuple[str, ...],
    party_id: int | None = None,
    location_id: int | None = None,
) -> None:
    """A user of this name with just these permissions, in a role of its own."""
    async with tenant.work() as work:
        user_id = await work.value(
            insert(UserAccount)
            .values(
                tenant_id=tenant.id,
                username=name,
                display_name=name,
                party_id=party_id,
                location_id=location_id,
                tokens_valid_from=tenant.now,
                created_at=tenant.now,
            )
            .returning(UserAccount.id)
        )
        role_id = await work.value(
            insert(Role).values(tenant_id=tenant.id, name=f"role of {name}").returning(Role.id)
        )
        if permissions:
            await work.execute(
                insert(RolePermission),
                [
                    {"tenant_id": tenant.id, "role_id": role_id, "permission": permission}
                    for permission in permissions
                ],
            )
        await work.execute(
            insert(UserRole).values(tenant_id=tenant.id, user_id=user_id, role_id=role_id)
        )
