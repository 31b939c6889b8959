"""Whether an address may be called at all, as its name is resolved now."""

from api.context import Info
from domain.integration.addresses import refuse_private
from domain.kernel.errors import InvalidInput


async def require_reachable(info: Info, url: str | None) -> None:
    """Raise InvalidInput for a URL whose name leads where webhooks must not go. Asked before the
    transaction: a name may take its time. It is asked again before each call."""
    if url is None or not info.context.principal.may("webhooks.manage"):
        return
    await info.context.scope.release()
    fault = await refuse_private(url, reach=info.context.services.webhook_reach)
    if fault is not None:
        raise InvalidInput(fault, path=("url",))
