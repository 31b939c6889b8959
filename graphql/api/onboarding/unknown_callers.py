"""How mutations run that nobody has to sign in for: in tenant 0, counted by address."""

import hashlib
from collections.abc import Awaitable, Callable
from math import ceil
from typing import Any, TypeVar

from api.access.writing import SECRETS
from api.context import Info
from api.writing import Performed, answered, plain_input, repeatable
from domain.kernel.idempotency import Repeatable, once
from domain.kernel.work import Work, unit_of_work
from domain.onboarding.letters.codes import presented_code
from domain.onboarding.signing_up.outcomes import TooManySignUps
from tenancy.authentication import Authenticator
from tenancy.failures import TooManyAttempts
from tenancy.mailed_tokens import PresentedToken
from tenancy.principals import HOUSE, system_principal
from tenancy.throttling import CODES_PER_ADDRESS, SIGN_UPS_PER_ADDRESS, Limit, admit

Done = TypeVar("Done")


def authenticator_of(info: Info) -> Authenticator:
    """The installation's authenticator."""
    authenticator: Authenticator = info.context.services.authenticator
    return authenticator


async def sign_up_once(
    info: Info, run: Callable[[Work], Awaitable[None]], *, input: object, whose: str
) -> Performed:
    """Run a sign-up in tenant 0, once for each key of `whose` address."""

    async def answer() -> dict[str, Any]:
        await _admitted(info, "sign-up", SIGN_UPS_PER_ADDRESS)
        request = _keyed(info, input, whose)
        context = info.context
        house = system_principal(HOUSE, name="sign-up")
        async with unit_of_work(
            context.engine, house, now=context.now, request_id=context.request_id
        ) as work:

            async def kept() -> dict[str, Any]:
                await run(work)
                return {"values": {"is_accepted": True}}

            return await kept() if request is None else await once(work, request, kept)

    return await answered(info, answer)


async def with_code(
    info: Info, token: str, run: Callable[[PresentedToken], Awaitable[Done]]
) -> tuple[Done | None, Performed]:
    """Do what a mailed code allows. A code that is none is refused as one that is void."""
    done: list[Done] = []

    async def answer() -> dict[str, Any]:
        await _admitted(info, "code", CODES_PER_ADDRESS)
        done.append(await run(presented_code(token)))
        return {"values": {}}

    performed = await answered(info, answer)
    return (done[0] if done else None), performed


def _keyed(info: Info, input: object, whose: str) -> Repeatable | None:
    """Two who choose the same key do not meet; passwords do not count towards it."""
    request = repeatable(info, input=None, key_required=False)
    if request is None:
        return None
    told = {n: value for n, value in plain_input(input).items() if n not in SECRETS}
    owner = hashlib.sha256(whose.lower().encode("utf-8", "surrogatepass")).hexdigest()
    return Repeatable(f"{owner}:{request.key}", request.operation, told)


async def _admitted(info: Info, kind: str, limit: Limit) -> None:
    client = getattr(info.context.request, "client", None)
    address = "unknown" if client is None else str(client.host)
    try:
        await admit(authenticator_of(info).throttle, kind, address, limit, info.context.now)
    except TooManyAttempts as failure:
        seconds = ceil(failure.retry_after.total_seconds())
        message = "Too many tries from your address. Wait, then try again."
        raise TooManySignUps(message, retry_after_seconds=seconds) from failure
