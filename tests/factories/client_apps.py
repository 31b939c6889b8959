"""Client apps of a company under test."""

from domain.kernel.work import Work
from domain.onboarding.door.entering import set_plan
from domain.onboarding.door.operations.client_apps import create_client_app
from domain.onboarding.door.operations.documents import NewDocument, register_documents
from domain.onboarding.door.operations.settings import update_door_settings


async def settle_the_door(work: Work, mark: str) -> None:
    """An app with a document, settings and a plan, under names that carry the mark."""
    app = await create_client_app(
        work, name=f"{mark} app", kind="public", origins=[f"https://{mark.lower()}-app.example"]
    )
    document = NewDocument(name=f"{mark} document", text=f"query {mark} {{ __typename }}")
    await register_documents(work, app_id=app, documents=[document], faults={})
    await update_door_settings(work, origins=[f"https://{mark.lower()}-desk.example"])
    await set_plan(work, plan="large")
