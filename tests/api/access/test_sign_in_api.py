"""Signing in over GraphQL."""

from typing import Any

from tests.factories.accounts import PASSWORD, new_user
from tests.factories.api import ApiCaller, ApiUnderTest
from tests.factories.tenants import TenantUnderTest

TOKENS = "tokens { accessToken accessExpiresAt refreshToken refreshExpiresAt }"
SIGN_IN = f"""
mutation SignIn($input: SignInInput!) {{
  signIn(input: $input) {{
    {TOKENS}
    userErrors {{ __typename code message path ... on TooManySignInsError {{ retryAfterSeconds }} }}
  }}
}}
"""
REFRESH = f"""
mutation Refresh($token: String!) {{
  refreshToken(input: {{ refreshToken: $token }}) {{ {TOKENS} userErrors {{ __typename message }} }}
}}
"""
SIGN_OUT = """
mutation SignOut($token: String!) {
  signOut(input: { refreshToken: $token }) { signedOut userErrors { __typename } }
}
"""
VIEWER = """
{ viewer { kind name displayName email isPartner permissions tenant { slug name } } }
"""
SET_PASSWORD = """
mutation Set($input: SetPasswordInput!) {
  setPassword(input: $input) { changed userErrors { __typename path } }
}
"""


async def _sign_in(
    api: ApiUnderTest, tenant: TenantUnderTest, password: str = PASSWORD
) -> dict[str, Any]:
    credentials = {"tenant": tenant.slug, "username": "jane", "password": password}
    answer = await api.nobody().ask(SIGN_IN, input=credentials)
    result: dict[str, Any] = answer.data["signIn"]
    return result


def _with(api: ApiUnderTest, token: str) -> ApiCaller:
    return ApiCaller(api.http, token)


async def test_a_user_signs_in_and_sees_itself(api: ApiUnderTest, tenant: TenantUnderTest) -> None:
    await new_user(tenant, "orders.read", "orders.place", email="jane@example.com")
    signed_in = await _sign_in(api, tenant)
    assert signed_in["userErrors"] == []
    viewer = (await _with(api, signed_in["tokens"]["accessToken"]).ask(VIEWER)).data["viewer"]
    assert viewer == {
        "kind": "user",
        "name": "jane",
        "displayName": "jane",
        "email": "jane@example.com",
        "isPartner": False,
        "permissions": ["orders.place", "orders.read"],
        "tenant": {"slug": tenant.slug, "name": tenant.slug},
    }
    assert (await api.nobody().ask(VIEWER)).data == {"viewer": None}


async def test_a_wrong_password_is_refused_without_a_reason(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    await new_user(tenant)
    refused = await _sign_in(api, tenant, "wrong password")
    assert refused == {
        "tokens": None,
        "userErrors": [
            {
                "__typename": "SignInRefusedError",
                "code": "SIGN_IN_REFUSED",
                "message": "Sign-in failed or is no longer valid.",
                "path": [],
            }
        ],
    }
    unknown = {"tenant": tenant.slug, "username": "nobody", "password": "wrong password"}
    assert (await api.nobody().ask(SIGN_IN, input=unknown)).data["signIn"] == refused


async def test_trying_too_often_is_told_with_the_time_to_wait(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    await new_user(tenant)
    for _ in range(10):
        await _sign_in(api, tenant, "wrong password")
    refused = await _sign_in(api, tenant)
    assert refused["tokens"] is None
    assert refused["userErrors"][0]["code"] == "TOO_MANY_SIGN_INS"
    assert 290 <= refused["userErrors"][0]["retryAfterSeconds"] <= 300


async def test_a_session_is_refreshed_once_for_each_token_and_ends_at_the_second_use(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    await new_user(tenant)
    first = (await _sign_in(api, tenant))["tokens"]
    nobody = api.nobody()
    second = (await nobody.ask(REFRESH, token=first["refreshToken"])).data["refreshToken"]
    assert second["userErrors"] == []
    again = (await nobody.ask(REFRESH, token=first["refreshToken"])).data["refreshToken"]
    assert again["tokens"] is None
    assert again["userErrors"][0]["__typename"] == "SignInRefusedError"
    stolen = (await nobody.ask(REFRESH, token=second["tokens"]["refreshToken"])).data
    assert stolen["refreshToken"]["tokens"] is None


async def test_signing_out_ends_the_access_token_too(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    await new_user(tenant)
    tokens = (await _sign_in(api, tenant))["tokens"]
    caller = _with(api, tokens["accessToken"])
    assert (await caller.ask(VIEWER)).data["viewer"]["name"] == "jane"
    done = (await api.nobody().ask(SIGN_OUT, token=tokens["refreshToken"])).data["signOut"]
    assert done == {"signedOut": True, "userErrors": []}
    answer = await caller.ask(VIEWER)
    assert (answer.status, answer.error_codes) == (401, ["UNAUTHENTICATED"])
    forged = (await api.nobody().ask(SIGN_OUT, token="cdr_1_1_1_x")).data["signOut"]
    assert forged == {"signedOut": False, "userErrors": [{"__typename": "SignInRefusedError"}]}


async def test_a_user_changes_its_own_password_and_signs_in_again(
    api: ApiUnderTest, tenant: TenantUnderTest
) -> None:
    await new_user(tenant)
    caller = _with(api, (await _sign_in(api, tenant))["tokens"]["accessToken"])
    for old, new, error in (
        ("wrong password", "another password", ("OldPasswordWrongError", ["oldPassword"])),
        (PASSWORD, "short", ("PasswordRefusedError", ["newPassword"])),
    ):
        passwords = {"oldPassword": old, "newPassword": new}
        refused = (await caller.ask(SET_PASSWORD, input=passwords)).data["setPassword"]
        assert not refused["changed"]
        assert [(e["__typename"], e["path"]) for e in refused["userErrors"]] == [error]
    passwords = {"oldPassword": PASSWORD, "newPassword": "another password"}
    done = (await caller.ask(SET_PASSWORD, input=passwords)).data["setPassword"]
    assert done == {"changed": True, "userErrors": []}
    assert (await caller.ask(VIEWER)).error_codes == ["UNAUTHENTICATED"]
    assert (await _sign_in(api, tenant))["tokens"] is None
    assert (await _sign_in(api, tenant, "another password"))["tokens"] is not None
