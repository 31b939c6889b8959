"""Signing up over HTTP: nothing is told that an outsider should not know."""

from typing import Any

import pytest
from sqlalchemy import func, select

from domain.kernel.reading import reading
from domain.onboarding.models import Letter, SignUp
from tenancy.principals import HOUSE, system_principal
from tenancy.throttling import ProcessThrottle
from tests.factories.api import ApiCaller, ApiUnderTest
from tests.factories.client import operations
from tests.factories.sign_ups import PASSWORD, code_to, letters_to, new_mailbox
from tests.factories.templated import staff
from tests.factories.tenants import TenantUnderTest


@pytest.fixture(autouse=True)
def _fresh_counters(api: ApiUnderTest) -> None:
    """All tests come from one address."""
    api.services.authenticator.throttle = ProcessThrottle()


async def _sign_up(caller: ApiCaller, key: str, **fields: Any) -> Any:
    given = {"company": "Tea House", "password": PASSWORD, **fields}
    answer = await caller.ask(operations()["SignUpTenant"], input=given, key=key)
    return answer.body


async def _kept(api: ApiUnderTest, email: str) -> int:
    async with reading(api.services.engine, system_principal(HOUSE)) as reader:
        counted = select(func.count()).where(SignUp.tenant_id == HOUSE, SignUp.email == email)
        return int(await reader.value(counted))


ACCEPTED = {"isAccepted": True, "userErrors": []}


async def test_a_repeated_sign_up_has_one_effect(api: ApiUnderTest) -> None:
    email = new_mailbox()
    for _ in range(3):
        body = await _sign_up(api.nobody(), f"key-{email}", email=email)
        assert body["data"]["signUpTenant"] == ACCEPTED
    assert await _kept(api, email) == 1
    assert len(await letters_to(api.services.engine, email)) == 1


async def test_one_key_with_another_input_is_a_conflict_but_not_with_another_mailbox(
    api: ApiUnderTest,
) -> None:
    mine, yours = new_mailbox(), new_mailbox()
    await _sign_up(api.nobody(), "the same key", email=mine)
    other = await _sign_up(api.nobody(), "the same key", email=mine, company="Another")
    assert other["errors"][0]["extensions"]["code"] == "CONFLICT"
    assert (await _sign_up(api.nobody(), "the same key", email=yours))["data"][
        "signUpTenant"
    ] == ACCEPTED


async def test_a_mailbox_gets_few_letters_and_nobody_is_told_that_it_got_no_more(
    api: ApiUnderTest,
) -> None:
    email = new_mailbox()
    answers = [await _sign_up(api.nobody(), f"{n}-{email}", email=email) for n in range(5)]
    assert [answer["data"]["signUpTenant"] for answer in answers] == [ACCEPTED] * 5
    assert len(await letters_to(api.services.engine, email)) == 3


async def test_the_answer_is_the_same_for_an_address_that_is_known_here(
    api: ApiUnderTest,
) -> None:
    email = new_mailbox()
    await _sign_up(api.nobody(), f"first-{email}", email=email)
    code = await code_to(api.services.engine, email)
    await api.nobody().ask(operations()["VerifyAdmin"], input={"token": code})
    again = await _sign_up(api.nobody(), f"second-{email}", email=email)
    unknown = await _sign_up(api.nobody(), "third", email=new_mailbox())
    assert again["data"] == unknown["data"]


async def test_one_address_signs_up_only_so_often(api: ApiUnderTest) -> None:
    for number in range(20):
        await _sign_up(api.nobody(), f"often-{number}", email=new_mailbox())
    email = new_mailbox()
    refused = await _sign_up(api.nobody(), f"often-{email}", email=email)
    (error,) = refused["data"]["signUpTenant"]["userErrors"]
    assert error["code"] == "TOO_MANY_SIGN_UPS"
    assert await _kept(api, email) == 0


async def test_what_is_unsound_is_refused_by_its_place_in_the_input(api: ApiUnderTest) -> None:
    for field, value, code in (
        ("email", "no address", "BAD_INPUT"),
        ("email", "a@b.example, c@d.example", "BAD_INPUT"),
        ("company", " ", "BAD_INPUT"),
        ("slug", "not a slug", "BAD_INPUT"),
    ):
        given = {"email": new_mailbox(), field: value}
        (error,) = (await _sign_up(api.nobody(), "unsound", **given))["errors"]
        assert (error["extensions"]["code"], error["extensions"]["inputPath"]) == (code, [field])
    short = await _sign_up(api.nobody(), "short", email=new_mailbox(), password="short")
    assert short["data"]["signUpTenant"]["userErrors"][0]["code"] == "PASSWORD_REFUSED"


async def test_a_proved_address_is_signed_in_once(api: ApiUnderTest) -> None:
    email = new_mailbox()
    await _sign_up(api.nobody(), f"key-{email}", email=email)
    code = await code_to(api.services.engine, email)
    made = (await api.nobody().ask(operations()["VerifyAdmin"], input={"token": code})).data[
        "verifyAdmin"
    ]
    ada = ApiCaller(api.http, made["tokens"]["accessToken"])
    viewer = (await ada.ask("{ viewer { name tenant { slug name } permissions } }")).data["viewer"]
    assert (viewer["name"], viewer["tenant"]["name"]) == (email, "Tea House")
    assert "users.manage" in viewer["permissions"]
    for used in (code, "cdl_0_1_" + "x" * 43, "nonsense", ""):
        again = await api.nobody().ask(operations()["VerifyAdmin"], input={"token": used})
        assert again.data["verifyAdmin"]["tokens"] is None
        assert again.data["verifyAdmin"]["userErrors"][0]["code"] == "CODE_VOID"


async def test_an_invited_user_chooses_a_password_once(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    admin = await api.user(tenant, "*")
    email = new_mailbox()
    invited = await admin.ask(
        operations()["InviteUser"], input={"email": email, "roleIds": []}, key=email
    )
    assert invited.data["inviteUser"]["invitation"]["user"]["username"] == email
    code = await code_to(tenant.engine, email, tenant_id=tenant.id)
    accept = operations()["AcceptInvitation"]
    weak = await api.nobody().ask(accept, input={"token": code, "password": "weak"})
    assert weak.data["acceptInvitation"]["userErrors"][0]["code"] == "PASSWORD_REFUSED"
    done = await api.nobody().ask(accept, input={"token": code, "password": PASSWORD})
    assert done.data["acceptInvitation"]["username"] == email
    again = await api.nobody().ask(accept, input={"token": code, "password": PASSWORD + "!"})
    assert again.data["acceptInvitation"]["userErrors"][0]["code"] == "CODE_VOID"
    sign_in = {"tenant": tenant.slug, "username": email, "password": PASSWORD}
    signed_in = await api.nobody().ask(operations()["SignIn"], input=sign_in)
    assert signed_in.data["signIn"]["tokens"] is not None


async def test_a_repeated_invitation_voids_the_code_before_it_and_a_withdrawn_one_ends(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    admin, email = await api.user(tenant, "*"), new_mailbox()
    invited = await admin.ask(
        operations()["InviteUser"], input={"email": email, "roleIds": []}, key=email
    )
    first = await code_to(tenant.engine, email, tenant_id=tenant.id)
    wanted = {"id": invited.data["inviteUser"]["invitation"]["id"]}
    repeated = await admin.ask(operations()["RepeatInvitation"], input=wanted, key="again")
    second = await code_to(tenant.engine, email, tenant_id=tenant.id)
    last = {"id": repeated.data["repeatInvitation"]["invitation"]["id"]}
    await admin.ask(operations()["WithdrawInvitation"], input=last, key="never mind")
    for code in (first, second):
        done = await api.nobody().ask(
            operations()["AcceptInvitation"], input={"token": code, "password": PASSWORD}
        )
        assert done.data["acceptInvitation"]["userErrors"][0]["code"] == "CODE_VOID"
    nodes = (await admin.ask(operations()["Invitations"], first=10)).data["invitations"]["nodes"]
    assert [node["status"] for node in nodes] == ["WITHDRAWN", "WITHDRAWN"]
    assert nodes[0]["user"]["status"] == "suspended"


async def test_who_invites_gives_nothing_away_that_he_lacks(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    await staff(tenant, "boss")
    clerk, email = await api.user(tenant, "users.manage", "users.read"), new_mailbox()
    roles = (await clerk.ask(operations()["Roles"])).data["roles"]["nodes"]
    admin = next(role["id"] for role in roles if role["name"] == "admin")
    refused = await clerk.ask(
        operations()["InviteUser"], input={"email": email, "roleIds": [admin]}, key="no"
    )
    assert refused.error_codes == ["FORBIDDEN"]
    async with tenant.read() as reader:
        assert await reader.values(select(Letter.id).where(Letter.address == email)) == []
