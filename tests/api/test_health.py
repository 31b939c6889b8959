"""Is it alive, may traffic come, how is it doing."""

import re

from tests.factories.api import ApiUnderTest
from tests.factories.tenants import TenantUnderTest


async def test_a_living_process_says_so(api: ApiUnderTest) -> None:
    assert (await api.http.get("/healthz")).text == "ok\n"


async def test_a_migrated_installation_with_its_broker_is_ready(api: ApiUnderTest) -> None:
    answer = await api.http.get("/readyz")
    assert answer.status_code == 200
    report = answer.json()
    assert report["ready"] is True
    assert report["broker"] == {"ready": True}
    assert set(report["database"]["outbox"]) == {"waiting", "oldest_seconds", "parked"}


async def test_operations_are_counted_by_field_and_outcome(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    query = "{ legalEntities { totalCount } }"
    await (await api.user(tenant, "entities.read")).ask(query)
    await (await api.user(tenant)).ask(query)
    await api.nobody().ask("{ nonsense }")
    text = (await api.http.get("/metrics")).text
    for labels in (
        'field="legalEntities",operation="other",outcome="ok",type="query"',
        'field="legalEntities",operation="other",outcome="FORBIDDEN",type="query"',
        'field="",operation="other",outcome="BAD_INPUT",type="invalid"',
    ):
        found = re.search(rf"crossdock_graphql_operations_total{{{labels}}} (\S+)", text)
        assert found is not None, text
        assert float(found.group(1)) >= 1
