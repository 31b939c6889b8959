"""The plans that tenants have, and the limits that each names."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bucket:
    """Holds at most `capacity` points and gains `restored` each second."""

    capacity: int
    restored: int

    @property
    def per_minute(self) -> int:
        """How many points can be spent in a minute, for good."""
        return self.restored * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a tenant may use: the points of all its callers together and of each app (or of each
    caller without an app), connections that stay open, and sign-ins from one address."""

    name: str = "own"
    tenant: Bucket
    app: Bucket
    # WebSockets and event streams, of the tenant and of each caller.
    connections: int = 2_000
    connections_of_caller: int = 100
    # Within five minutes.
    sign_ins_of_address: int = 100


STANDARD, ANONYMOUS = "standard", "anonymous"


def _plans(*plans: Plan) -> dict[str, Plan]:
    return {plan.name: plan for plan in plans}


# One app alone cannot empty its tenant's bucket faster than it fills.
PLANS = _plans(
    Plan(
        name="small",
        tenant=Bucket(1_000_000, 100_000),
        app=Bucket(500_000, 50_000),
        connections=200,
        connections_of_caller=20,
        sign_ins_of_address=50,
    ),
    Plan(
        name=STANDARD,
        tenant=Bucket(5_000_000, 500_000),
        app=Bucket(2_000_000, 200_000),
        connections=2_000,
        connections_of_caller=100,
        sign_ins_of_address=100,
    ),
    Plan(
        name="large",
        tenant=Bucket(50_000_000, 5_000_000),
        app=Bucket(20_000_000, 2_000_000),
        connections=20_000,
        connections_of_caller=500,
        sign_ins_of_address=500,
    ),
    # Those who have not signed in: by address, enough to sign in and to look around.
    Plan(
        name=ANONYMOUS,
        tenant=Bucket(100_000, 5_000),
        app=Bucket(10_000, 500),
        connections=1_000,
        connections_of_caller=10,
        sign_ins_of_address=100,
    ),
)
OFFERED = tuple(name for name in PLANS if name != ANONYMOUS)


def plan_named(name: str | None) -> Plan:
    """The plan of this name; the standard one for none, and for one that is offered no more."""
    return PLANS.get(name or STANDARD, PLANS[STANDARD])
