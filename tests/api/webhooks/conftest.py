"""What tests of webhooks over the API share."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from app.asgi import application_around
from tests.factories.api import ApiUnderTest
from tests.factories.in_process import InProcessClient
from tests.factories.webhook_sending import EVERYWHERE


@pytest.fixture
async def trusting_api(api: ApiUnderTest) -> AsyncIterator[ApiUnderTest]:
    """The application as installed where webhooks may go to private addresses."""
    services = replace(api.services, webhook_reach=EVERYWHERE)
    application = application_around(services)
    async with InProcessClient(application) as http:
        yield ApiUnderTest(application, services, http)
