"""Orders, goods, returns, money, trade between entities and the close, by several at once and at
random: every invariant holds at every moment.

`CROSSDOCK_WORKLOAD_DEEDS` makes it long (deeds of each actor), `CROSSDOCK_WORKLOAD_SEED` another,
`CROSSDOCK_WORKLOAD_ACTORS=1` one that comes out the same each time; with
`CROSSDOCK_WORKLOAD_CHECK_EVERY=1` the deed that broke something is named."""

import logging
import os

from domain.finance.models import Payment
from domain.ledger.models import FiscalPeriod
from tests.factories.tenants import TenantUnderTest
from tests.factories.workload import Plan, all_deeds, name_of, run_workload
from tests.factories.workload_paying import left_undone

log = logging.getLogger(__name__)
SHORT, LONG = 60, 6_000
# A journal that follows a document is nobody's to take back.
ALWAYS_REFUSED = {"books.take_back"}


def _asked(name: str, otherwise: int) -> int:
    return int(os.environ.get(f"CROSSDOCK_WORKLOAD_{name}", str(otherwise)))


async def test_every_invariant_holds_at_every_moment(tenant: TenantUnderTest) -> None:
    deeds = _asked("DEEDS", SHORT)
    plan = Plan(
        seed=_asked("SEED", 20261123),
        actors=_asked("ACTORS", 6),
        deeds=deeds,
        check_every=_asked("CHECK_EVERY", 120),
    )
    scene, told = await run_workload(tenant, plan)
    if deeds > SHORT:
        for (name, how), n in sorted(told.outcomes.items()):
            log.info("%-40s%-24s%6s", name, how, n)
    assert told.faults == []
    assert await left_undone(scene) == []
    done = told.done()
    if told.deeds >= LONG:
        assert {name_of(deed) for deed in all_deeds()} - set(done) <= ALWAYS_REFUSED
        closed = await scene.rows(FiscalPeriod, FiscalPeriod.status == "hard_closed")
        assert closed
    payments = await scene.rows(Payment, Payment.status == "booked")
    came = sum(row.amount_minor for row in payments if row.kind == "receipt")
    assert 0 <= sum(row.amount_minor for row in payments if row.kind == "refund") <= came
