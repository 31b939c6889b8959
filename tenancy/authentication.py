"""Who is calling: the one door through which every request finds its principal."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from tenancy import accounts, api_keys, operator_keys, passwords, sessions, tokens
from tenancy.accounts import Account
from tenancy.credentials import admitted, bearer, limit_length, required_slug
from tenancy.failures import AuthenticationFailed
from tenancy.key_sets import KeySets
from tenancy.mailed_tokens import MailedTokens
from tenancy.oidc import Issuer, OutsideClaims, issuers_of, read_outside_token
from tenancy.principals import Principal
from tenancy.short_memory import ShortMemory
from tenancy.throttling import (
    ATTEMPTS_PER_ADDRESS,
    ProcessThrottle,
    Throttle,
    admit_attempt,
)
from tenancy.tokens import AccessClaims
from tenancy.usernames import normal_slug, normal_username
from tenancy.verified import VerifiedTokens

REMEMBERED_FOR = timedelta(seconds=5)
LONGEST_ISSUED = timedelta(days=366)
# By the slug that was named: how often its plan lets one address try within the window.
SignInsOfAddress = Callable[[str], Awaitable[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Authenticated:
    """A caller whose credentials hold, and the moment at which they cease to (None: never)."""

    principal: Principal
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What a sign-in or a refresh gives."""

    access_token: str = field(repr=False)
    access_expires_at: datetime
    refresh_token: str = field(repr=False)
    refresh_expires_at: datetime


class Authenticator:
    """Verifies credentials and issues tokens for one installation.

    A revocation, suspension or changed role counts at the latest after `remembered_for`."""

    def __init__(
        self,
        engine: AsyncEngine,
        secret: str,
        *,
        throttle: Throttle | None = None,
        key_sets: KeySets | None = None,
        remembered_for: timedelta = REMEMBERED_FOR,
        sign_ins_of_address: SignInsOfAddress | None = None,
    ) -> None:
        self._engine = engine
        self._access_key = tokens.derive_key(secret, "access")
        self._refresh_key = tokens.derive_key(secret, "refresh")
        self.mailed = MailedTokens(secret)
        self.throttle = throttle or ProcessThrottle()
        self._key_sets = key_sets or KeySets()
        self._sign_ins_of_address = sign_ins_of_address
        self._verified = VerifiedTokens()
        self._accounts: ShortMemory[Account | None] = ShortMemory(remembered_for)
        self._tenants: ShortMemory[tuple[int, str] | None] = ShortMemory(remembered_for)
        self._issuers: ShortMemory[Sequence[Issuer]] = ShortMemory(remembered_for)
        self._operators: ShortMemory[operator_keys.KeptKey | None] = ShortMemory(remembered_for)

    async def principal_of(
        self, authorization: str | None, tenant_slug: str | None, now: datetime
    ) -> Principal | None:
        """The principal of a request; see `authenticate`."""
        caller = await self.authenticate(authorization, tenant_slug, now)
        return None if caller is None else caller.principal

    async def authenticate(
        self, authorization: str | None, tenant_slug: str | None, now: datetime
    ) -> Authenticated | None:
        """The caller of a request from its Authorization and X-Tenant headers; None without
        credentials. Raises AuthenticationFailed for credentials that do not hold at `now`."""
        if authorization is None or not authorization.strip():
            return None
        token = bearer(authorization)
        slug = None if tenant_slug is None else required_slug(tenant_slug)
        if token.startswith(operator_keys.PREFIX):
            return await self._by_operator_key(token, now)
        if token.startswith(api_keys.PREFIX):
            return await self._by_key(token, slug, now)
        claims = self._verified.claims_of(token, now)
        if claims is not None:
            return await self._by_claims(claims, slug, now)
        if tokens.issuer_of(token) == tokens.ISSUER:
            return await self._by_access_token(token, slug, now)
        return await self._by_outside_token(token, slug, now)

    async def sign_in(
        self,
        tenant_slug: str,
        username: str,
        password: str,
        now: datetime,
        *,
        address: str | None = None,
    ) -> Tokens:
        """Tokens for a user with the right password. Raises AuthenticationFailed, after the same
        work for every cause, or TooManyAttempts; `address` is where the request came from."""
        slug, name = normal_slug(tenant_slug), normal_username(username)
        counter = await admit_attempt(
            self.throttle,
            tenant=slug,
            username=name,
            address=address,
            now=now,
            per_address=await self._limit_of_address(slug),
        )
        tenant_id, user = await self._find_user(slug, name)
        kept_hash: str | None = None if user is None else user.password_hash
        matches = await passwords.password_matches(kept_hash, password)
        if kept_hash is None or not matches:
            raise AuthenticationFailed("password_wrong" if kept_hash else "user_unknown")
        if user.status != "active":
            raise AuthenticationFailed("user_suspended")
        await self.throttle.clear(counter)
        if passwords.needs_rehash(kept_hash):
            await self._rehash(tenant_id, user, password)
        return await self._open(tenant_id, user.id, now)

    async def refresh(self, refresh_token: str, now: datetime) -> Tokens:
        """The next tokens of a session. Raises AuthenticationFailed; a refresh token that was
        used before ends its session."""
        limit_length(refresh_token)
        return self._tokens_of(
            await sessions.refresh_session(self._engine, self._refresh_key, refresh_token, now),
            now,
        )

    async def sign_out(self, refresh_token: str, now: datetime) -> None:
        """End the session of a refresh token, its access tokens included."""
        limit_length(refresh_token)
        await sessions.close_session(self._engine, self._refresh_key, refresh_token, now)
        self.forget()

    async def issue_token(
        self,
        tenant_slug: str,
        username: str,
        now: datetime,
        *,
        lifetime: timedelta = tokens.ACCESS_LIFETIME,
    ) -> str:
        """An access token for a user without a password: for the command line, whose caller owns
        the installation. Raises AuthenticationFailed when there is no such active user."""
        tenant_id, user = await self._find_user(normal_slug(tenant_slug), normal_username(username))
        if user is None or user.status != "active":
            raise AuthenticationFailed("user_unknown" if user is None else "user_suspended")
        return tokens.issue_access_token(
            self._access_key,
            AccessClaims(
                tenant_id=tenant_id,
                user_id=user.id,
                session_id=None,
                issued_at=now,
                expires_at=now + min(lifetime, LONGEST_ISSUED),
            ),
        )

    async def open_session(self, tenant_id: int, user_id: int, now: datetime) -> Tokens:
        """Tokens for a user who has just proved who they are in another way than by a password:
        by a mailed code, or by a session of the tenant whose sandbox it is."""
        return await self._open(tenant_id, user_id, now)

    def forget(self) -> None:
        """Forget what is remembered, after a change to users, roles or keys in this process."""
        for memory in (self._accounts, self._tenants, self._issuers, self._operators):
            memory.forget()

    async def _by_key(self, token: str, slug: str | None, now: datetime) -> Authenticated:
        presented = api_keys.read_key(token)
        account = await self._accounts.recall(
            ("key", presented.tenant_id, presented.key_id),
            now,
            lambda: accounts.key_account(self._engine, presented.tenant_id, presented.key_id),
        )
        kept_hash = account.secret_hash if account is not None and account.secret_hash else ""
        if not api_keys.secret_matches(kept_hash, presented.secret):
            raise AuthenticationFailed("key_wrong")
        account = admitted(account, slug)
        if account.expires_at is not None and account.expires_at <= now:
            raise AuthenticationFailed("key_expired")
        return Authenticated(principal=account.principal, expires_at=account.expires_at)

    async def _by_operator_key(self, token: str, now: datetime) -> Authenticated:
        key_id, secret = operator_keys.read_key(token)
        kept = await self._operators.recall(
            key_id, now, lambda: operator_keys.kept_key(self._engine, key_id)
        )
        return Authenticated(principal=operator_keys.admitted(kept, secret), expires_at=None)

    async def _by_access_token(self, token: str, slug: str | None, now: datetime) -> Authenticated:
        claims = tokens.read_access_token(self._access_key, token, now)
        self._verified.remember(token, claims)
        return await self._by_claims(claims, slug, now)

    async def _by_claims(
        self, claims: AccessClaims, slug: str | None, now: datetime
    ) -> Authenticated:
        account = await self._user(
            claims.tenant_id, now, id=claims.user_id, session_id=claims.session_id
        )
        return _let_in(admitted(account, slug), claims)

    async def _by_outside_token(self, token: str, slug: str | None, now: datetime) -> Authenticated:
        tenant_id = await self._active_tenant(slug, now)
        named = tokens.issuer_of(token)
        registered = await self._issuers.recall(
            tenant_id, now, lambda: issuers_of(self._engine, tenant_id)
        )
        issuer = next((known for known in registered if known.issuer == named), None)
        if issuer is None:
            raise AuthenticationFailed("issuer_unknown")
        claims = await read_outside_token(self._key_sets, issuer, token, now)
        account = await self._user(tenant_id, now, username=claims.username)
        return _let_in(admitted(account, slug), claims)

    async def _user(self, tenant_id: int, now: datetime, **wanted: Any) -> Account | None:
        return await self._accounts.recall(
            ("user", tenant_id, *sorted(wanted.items())),
            now,
            lambda: accounts.user_account(self._engine, tenant_id, **wanted),
        )

    async def _active_tenant(self, slug: str | None, now: datetime) -> int:
        if slug is None:
            raise AuthenticationFailed("tenant_not_named")
        found = await self._tenants.recall(
            slug, now, lambda: accounts.tenant_of_slug(self._engine, slug)
        )
        if found is None or found[1] != "active":
            raise AuthenticationFailed("tenant_unknown" if found is None else "tenant_suspended")
        return found[0]

    async def _find_user(self, slug: str | None, name: str | None) -> tuple[int, Any]:
        found = None if slug is None else await accounts.tenant_of_slug(self._engine, slug)
        is_active = found is not None and found[1] == "active"
        tenant_id = found[0] if found is not None and is_active else accounts.NO_TENANT
        # Asked even where there is nobody to find, so that the time does not tell.
        return tenant_id, await accounts.credentials_of(self._engine, tenant_id, name or "")

    async def _limit_of_address(self, slug: str | None) -> int:
        """Asked for any slug, known or not, so that the time does not tell."""
        if self._sign_ins_of_address is None or slug is None:
            return ATTEMPTS_PER_ADDRESS.attempts
        return await self._sign_ins_of_address(slug)

    async def _rehash(self, tenant_id: int, user: Any, password: str) -> None:
        fresh = await passwords.hash_password(password)
        await accounts.keep_rehashed(self._engine, tenant_id, user, fresh)

    async def _open(self, tenant_id: int, user_id: int, now: datetime) -> Tokens:
        session = await sessions.open_session(
            self._engine, self._refresh_key, tenant_id=tenant_id, user_id=user_id, now=now
        )
        return self._tokens_of(session, now)

    def _tokens_of(self, session: sessions.Session, now: datetime) -> Tokens:
        expires_at = now + tokens.ACCESS_LIFETIME
        claims = AccessClaims(
            tenant_id=session.tenant_id,
            user_id=session.user_id,
            session_id=session.id,
            issued_at=now,
            expires_at=expires_at,
        )
        return Tokens(
            access_token=tokens.issue_access_token(self._access_key, claims),
            access_expires_at=expires_at,
            refresh_token=session.refresh_token,
            refresh_expires_at=session.expires_at,
        )


def _let_in(account: Account, claims: AccessClaims | OutsideClaims) -> Authenticated:
    if account.tokens_valid_from is not None and claims.issued_at < account.tokens_valid_from:
        raise AuthenticationFailed("token_revoked")
    return Authenticated(principal=account.principal, expires_at=claims.expires_at)
