"""Tables of tenancy: tenants, users, roles, keys, issuers."""

from datetime import datetime

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Identity,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from tenancy.base import Base, TenantOwned, reference


class Tenant(Base):
    """One company that uses the product. The only table without a tenant_id: its id is it."""

    __tablename__ = "tenant"
    __table_args__ = (
        CheckConstraint("status IN ('active', 'suspended', 'preparing', 'erasing')", name="status"),
        CheckConstraint("slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'", name="slug"),
    )
    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    slug: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, server_default="active")
    created_at: Mapped[datetime]
    # The tenant whose set-up this one was copied from, to try things out.
    sandbox_of: Mapped[int | None] = mapped_column(Integer)
    live_at: Mapped[datetime | None]
    # From when on the worker takes away everything that the tenant has.
    erase_from: Mapped[datetime | None]


class UserAccount(TenantOwned, Base):
    """A person who signs in. With a party or a location it is a partner's person."""

    __tablename__ = "user_account"
    __table_args__ = (
        UniqueConstraint("tenant_id", "username"),
        CheckConstraint("status IN ('active', 'suspended')", name="status"),
        reference("party_id", "party", use_alter=True),
        reference("location_id", "location", use_alter=True),
    )
    username: Mapped[str] = mapped_column(Text)
    display_name: Mapped[str] = mapped_column(Text)
    email: Mapped[str | None] = mapped_column(Text)
    password_hash: Mapped[str | None] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, server_default="active")
    party_id: Mapped[int | None]
    location_id: Mapped[int | None]
    tokens_valid_from: Mapped[datetime]
    created_at: Mapped[datetime]


class Role(TenantOwned, Base):
    """A named set of permissions."""

    __tablename__ = "role"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)
    name: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text, server_default="")


class RolePermission(TenantOwned, Base):
    """One permission of a role."""

    __tablename__ = "role_permission"
    __table_args__ = (
        UniqueConstraint("tenant_id", "role_id", "permission"),
        reference("role_id", "role", ondelete="CASCADE"),
    )
    role_id: Mapped[int]
    permission: Mapped[str] = mapped_column(Text)


class UserRole(TenantOwned, Base):
    """A role that a user has."""

    __tablename__ = "user_role"
    __table_args__ = (
        UniqueConstraint("tenant_id", "user_id", "role_id"),
        reference("user_id", "user_account", ondelete="CASCADE"),
        reference("role_id", "role"),
    )
    user_id: Mapped[int]
    role_id: Mapped[int]


class UserSession(TenantOwned, Base):
    """One sign-in. Its refresh tokens follow one another by generation; only the last one counts,
    and an earlier one that turns up again ends the session."""

    __tablename__ = "user_session"
    __table_args__ = (
        reference("user_id", "user_account", ondelete="CASCADE"),
        Index(None, "tenant_id", "user_id"),
        Index(None, "tenant_id", "expires_at"),
    )
    user_id: Mapped[int]
    # Goes into every refresh token of the session, so that no other session's can fit.
    nonce: Mapped[str] = mapped_column(Text)
    generation: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime]
    refreshed_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class ApiKey(TenantOwned, Base):
    """A key for a program: a user's, or a machine's without one. Only the hash of its secret is
    kept."""

    __tablename__ = "api_key"
    __table_args__ = (
        reference("role_id", "role"),
        reference("party_id", "party", use_alter=True),
        reference("location_id", "location", use_alter=True),
        reference("app_id", "client_app", use_alter=True),
        reference("user_id", "user_account"),
        Index(
            "ix_api_key_user", "tenant_id", "user_id", postgresql_where=text("user_id IS NOT NULL")
        ),
    )
    name: Mapped[str] = mapped_column(Text)
    secret_hash: Mapped[str] = mapped_column(Text)
    role_id: Mapped[int]
    party_id: Mapped[int | None]
    location_id: Mapped[int | None]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    app_id: Mapped[int | None]
    user_id: Mapped[int | None]


class ClientApp(TenantOwned, Base):
    """A program that asks the API: the tenant's own, a partner's, or one for the public.

    `origins` are those of its own pages; with `only_registered` it sends registered documents
    and nothing else, whatever the tenant settles for others."""

    __tablename__ = "client_app"
    __table_args__ = (
        UniqueConstraint("tenant_id", "name"),
        CheckConstraint("kind IN ('internal', 'partner', 'public')", name="kind"),
    )
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    origins: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    only_registered: Mapped[bool] = mapped_column(server_default="false")
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class RegisteredDocument(TenantOwned, Base):
    """A GraphQL document that an app may send by its hash, the SHA-256 of its text in hex."""

    __tablename__ = "registered_document"
    __table_args__ = (
        UniqueConstraint("tenant_id", "app_id", "hash"),
        CheckConstraint("hash ~ '^[0-9a-f]{64}$'", name="hash"),
        reference("app_id", "client_app"),
        Index(None, "tenant_id", "hash"),
    )
    app_id: Mapped[int]
    hash: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class DoorSettings(TenantOwned, Base):
    """What a tenant settles for its door: one row, or none where it settled nothing."""

    __tablename__ = "door_settings"
    __table_args__ = (UniqueConstraint("tenant_id"),)
    origins: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    only_trusted_partners: Mapped[bool] = mapped_column(server_default="false")
    only_trusted_public_apps: Mapped[bool] = mapped_column(server_default="false")
    only_trusted_everybody: Mapped[bool] = mapped_column(server_default="false")
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime]


class TenantPlan(TenantOwned, Base):
    """The plan that the operators gave a tenant; without a row it has the standard one."""

    __tablename__ = "tenant_plan"
    __table_args__ = (UniqueConstraint("tenant_id"),)
    plan: Mapped[str] = mapped_column(Text)
    set_at: Mapped[datetime]


class OidcIssuer(TenantOwned, Base):
    """An outside issuer whose tokens sign a tenant's users in (OpenID Connect, JWKS)."""

    __tablename__ = "oidc_issuer"
    __table_args__ = (UniqueConstraint("tenant_id", "issuer"),)
    issuer: Mapped[str] = mapped_column(Text)
    audience: Mapped[str] = mapped_column(Text)
    jwks_uri: Mapped[str] = mapped_column(Text)
    username_claim: Mapped[str] = mapped_column(Text, server_default="preferred_username")


class TenantQuota(TenantOwned, Base):
    """A quota that operators gave one tenant, in place of its plan's."""

    __tablename__ = "tenant_quota"
    __table_args__ = (UniqueConstraint("tenant_id", "quota"),)
    quota: Mapped[str] = mapped_column(Text)
    allowed: Mapped[int]


class OperatorKey(TenantOwned, Base):
    """A key of those who run the installation. It lies in tenant 0, which is nobody's."""

    __tablename__ = "operator_key"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)
    name: Mapped[str] = mapped_column(Text)
    secret_hash: Mapped[str] = mapped_column(Text)
    may_manage: Mapped[bool]
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
