"""The return policy as governed configuration: a change request puts a version into effect, or
takes the policy out of effect. There is one object of it, known as `standard`."""

from collections.abc import Mapping
from typing import Any

from domain.governance.kinds import Content, configurable
from domain.kernel import text
from domain.kernel.errors import InvalidInput
from domain.kernel.work import Work
from domain.returns.deciding import active_policy
from domain.returns.operations.setup import KIND, retire_return_policy, set_return_policy
from domain.returns.policies.documents import sound_rules
from domain.returns.policy_references import require_known

KEY = "standard"
ACTIVE, RETIRED = "active", "retired"
# All of a policy of which no version is in effect: what it goes back to, or comes back from.
NOTHING: Mapping[str, Any] = {"status": RETIRED, "name": None, "rules": None}


async def sound_policy(work: Work, key: str | None, proposal: Content) -> Content:
    """What the policy is to say, or that it goes out of effect. Raises InvalidInput, NotFound."""
    if proposal.get("status") == RETIRED:
        return dict(NOTHING)
    if not isinstance(proposal.get("rules"), list):
        raise InvalidInput("Say what the policy says.", path=("rules",))
    document = sound_rules(proposal["rules"])
    await require_known(work, document)
    return {"status": ACTIVE, "name": text.name(proposal.get("name") or KEY), "rules": document}


async def policy_as_it_is(work: Work, key: str | None, proposal: Content) -> Content:
    """What of the policy is in effect, in the places of the proposal."""
    row = await active_policy(work)
    return {name: NOTHING[name] if row is None else getattr(row, name) for name in proposal}


@configurable(
    KIND,
    title="Return policy",
    process="order_to_cash",
    validate=sound_policy,
    snapshot=policy_as_it_is,
)
async def apply_policy(work: Work, key: str | None, proposal: Content) -> str:
    """Put a new version that says this into effect, or retire what is in effect."""
    if proposal["status"] == RETIRED:
        await retire_return_policy(work)
    else:
        await set_return_policy(work, name=proposal["name"], rules=proposal["rules"])
    return KEY
