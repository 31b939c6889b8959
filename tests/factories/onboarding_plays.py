"""How a company comes on, as its people and the operators send it: each play that turns a tenant
over has a tenant of its own."""

from typing import Any

from app.http.services import system_clock
from domain.kernel.work import unit_of_work
from domain.onboarding.operators.keys import create_operator_key
from tenancy.principals import HOUSE, system_principal
from tests.factories.delivering import deliver_all
from tests.factories.document_plays import Play, Scene, keyed
from tests.factories.sign_ups import PASSWORD, ask_to_sign_up, code_to, founded, new_mailbox
from tests.factories.templated import stock_up, template
from tests.factories.tenants import TenantUnderTest

FOUNDER, OPERATOR, VISITOR = "founder", "operator", "visitor of the sandbox"
ENTITY = {"name": "Kontor GmbH", "country": "DE", "currency": "EUR"}


async def new_company(scene: Scene) -> TenantUnderTest:
    """A company of its own that is ready to go live; its founder may send documents."""
    engine, now = scene.stage.engine, system_clock()
    made = await founded(engine, now=now)
    company = TenantUnderTest(
        engine, made.tenant_id, made.slug, now, system_principal(made.tenant_id)
    )
    await template(company)
    await stock_up(company)
    await _let_in(scene, FOUNDER, company.slug, made.username)
    return company


async def _let_in(scene: Scene, user: str, slug: str, username: str) -> None:
    issue = scene.stage.api.services.authenticator.issue_token
    scene.stage.tokens[user] = await issue(slug, username, system_clock())


async def company_with_sandbox(scene: Scene) -> TenantUnderTest:
    """The same, with a sandbox that is ready and a person in it."""
    company = await new_company(scene)
    await scene.stage.play(FOUNDER, "CreateSandbox", **keyed(confirm=True))
    await deliver_all(company)
    viewer = (await scene.stage.play(FOUNDER, "Viewer")).value
    await _let_in(scene, VISITOR, f"{company.slug}-sandbox", viewer["name"])
    return company


async def toured(scene: Scene) -> Any:
    """A tour that waits for its first step."""
    await company_with_sandbox(scene)
    return (await scene.stage.play(VISITOR, "RunTour", input={})).value["tour"]


async def signed_up(scene: Scene) -> str:
    """The code of a sign-up."""
    email = new_mailbox()
    await ask_to_sign_up(scene.stage.engine, email=email, now=system_clock())
    return await code_to(scene.stage.engine, email)


async def invited(scene: Scene) -> Any:
    """An invitation of the demo company."""
    wanted = keyed(email=new_mailbox(), roleIds=[])
    return (await scene.stage.play("admin", "InviteUser", **wanted)).value["invitation"]


async def invited_code(scene: Scene) -> str:
    """The code of an invitation."""
    email = (await invited(scene))["email"]
    return await code_to(scene.stage.engine, email, tenant_id=scene.stage.tenant.id)


async def deletion_asked(scene: Scene) -> str:
    """The code that confirms the deletion of a company of its own."""
    company = await new_company(scene)
    await scene.stage.play(FOUNDER, "RequestTenantDeletion", **keyed(slug=company.slug))
    viewer = await scene.stage.send(FOUNDER, "{ viewer { email } }")
    address = viewer.value["email"]
    return await code_to(scene.stage.engine, address, tenant_id=company.id)


async def operated(scene: Scene) -> str:
    """The slug of a company, and an operator who has a key."""
    house = system_principal(HOUSE, name="command line")
    async with unit_of_work(scene.stage.engine, house, now=system_clock()) as work:
        key = await create_operator_key(work, name=new_mailbox(), may_manage=True)
    scene.stage.tokens[OPERATOR] = key
    return (await new_company(scene)).slug


COMING_ON = {
    "SignUpTenant": Play(
        None, lambda s: keyed(company="Tea House", email=new_mailbox(), password=PASSWORD)
    ),
    "VerifyAdmin": Play(None, lambda s: {"input": {"token": s.prepared}}, signed_up),
    "ApplyTemplate": Play(
        "admin", lambda s: keyed(template="WHOLESALE", entities=[{"code": "KON", **ENTITY}])
    ),
    "Readiness": Play("admin"),
    "GoLive": Play(FOUNDER, lambda s: keyed(confirm=True), new_company),
    "InviteUser": Play("admin", lambda s: keyed(email=new_mailbox(), roleIds=[])),
    "RepeatInvitation": Play("admin", lambda s: keyed(id=s.prepared["id"]), invited),
    "WithdrawInvitation": Play("admin", lambda s: keyed(id=s.prepared["id"]), invited),
    "AcceptInvitation": Play(
        None, lambda s: {"input": {"token": s.prepared, "password": PASSWORD}}, invited_code
    ),
    "Invitations": Play("admin", lambda s: {"first": 20}, invited),
    "Sandbox": Play(FOUNDER, prepare=company_with_sandbox),
    "CreateSandbox": Play(FOUNDER, lambda s: keyed(confirm=True), new_company),
    "RefreshSandbox": Play(FOUNDER, lambda s: keyed(confirm=True), company_with_sandbox),
    "RemoveSandbox": Play(FOUNDER, lambda s: keyed(confirm=True), company_with_sandbox),
    "SignInToSandbox": Play(FOUNDER, lambda s: {"input": {}}, company_with_sandbox),
    "RunTour": Play(VISITOR, lambda s: {"input": {}}, company_with_sandbox),
    "Tours": Play(VISITOR, lambda s: {"first": 20}, toured),
    "TenantDeletion": Play(FOUNDER, prepare=deletion_asked),
    "RequestTenantDeletion": Play(
        FOUNDER, lambda s: keyed(slug=s.prepared.slug, reason="We close."), new_company
    ),
    "ConfirmTenantDeletion": Play(
        FOUNDER, lambda s: {"input": {"token": s.prepared}}, deletion_asked
    ),
    "WithdrawTenantDeletion": Play(
        FOUNDER, lambda s: {"input": {"reason": "We stay."}}, deletion_asked
    ),
    "OperatorTenants": Play(OPERATOR, lambda s: {"first": 20}, operated),
    "OperatorTenant": Play(OPERATOR, lambda s: {"slug": s.prepared}, operated),
    "OperatorProvisionTenant": Play(
        OPERATOR,
        lambda s: keyed(slug=f"{s.prepared}-2", name="Second", email=new_mailbox()),
        operated,
    ),
    "OperatorSuspendTenant": Play(
        OPERATOR, lambda s: keyed(slug=s.prepared, reason="unpaid"), operated
    ),
    "OperatorResumeTenant": Play(OPERATOR, lambda s: keyed(slug=s.prepared), operated),
    "OperatorSetPlan": Play(OPERATOR, lambda s: keyed(slug=s.prepared, plan="large"), operated),
    "OperatorSetQuota": Play(
        OPERATOR, lambda s: keyed(slug=s.prepared, quota="USERS", allowed=7), operated
    ),
}
