"""Where webhooks may go: tables of URLs and addresses, and names that lead elsewhere."""

import asyncio
import socket
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.integration.addresses import (
    OPEN_INTERNET,
    AddressRefused,
    Reach,
    fault_of_url,
    is_public,
    refuse_private,
    resolved,
)

PUBLIC = Reach(plain=True)
EVERYWHERE = Reach(private=True, plain=True)
Resolve = Callable[..., Awaitable[list[tuple[int, int, int, str, tuple[str, int]]]]]


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.com/a?b=c",
        "http://hooks.example.com:8080",
        "https://8.8.8.8/x",
        "https://[2606:4700::1111]/",
    ],
)
def test_the_open_internet_may_be_called(url: str) -> None:
    assert fault_of_url(url, reach=PUBLIC) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://localhost:8000/",
        "http://LOCALHOST./",
        "http://intranet/",
        "http://db.internal/",
        "http://10.1.2.3/",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://[fd00::1]/",
        "http://0.0.0.0/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://127.1/",
        "http://0x7f.0.0.1/",
        "http://hooks.example.0177/",
        "http://[::127.0.0.1]/",
        "http://[64:ff9b::7f00:1]/",
    ],
)
def test_private_addresses_may_be_called_only_when_allowed(url: str) -> None:
    assert fault_of_url(url, reach=PUBLIC) == "The URL leads to a private address."
    assert fault_of_url(url, reach=EVERYWHERE) is None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.example.com",
        "ftp://hooks.example.com",
        "file:///etc/passwd",
        "https://",
        "https://user:secret@hooks.example.com",
        "https://hooks.example.com:0/",
        "https://hooks.example.com:99999/",
        "https://hooks.example.com/a b",
        "https://hooks.example.com/\n",
        "https://hööks.example.com/",
        "https://[::1",
        "https://hooks.example.com/" + "a" * 2_000,
        "https://hooks.example.com\\@10.0.0.1/",
        "https://hooks.example.com/{x}",
    ],
)
def test_what_is_no_proper_address_is_refused_in_any_case(url: str) -> None:
    assert fault_of_url(url, reach=EVERYWHERE) is not None


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("100.64.0.1", False),
        ("192.168.1.1", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("64:ff9b::a00:1", False),
        ("2002:7f00:1::", False),
        ("fe80::1", False),
        ("2606:4700::1111", True),
        ("::ffff:127.0.0.1", False),
        ("::ffff:8.8.8.8", True),
        ("::127.0.0.1", False),
        ("::", False),
        ("64:ff9b:1::a00:1", False),
        ("fec0::1", False),
        ("ff02::1", False),
        ("2001:db8::1", False),
        ("3fff::1", False),
        ("0.0.0.0", False),
        ("169.254.169.254", False),
        ("192.88.99.1", False),
        ("198.18.0.1", False),
        ("240.0.0.1", False),
    ],
)
def test_public_addresses_are_told_from_the_others(address: str, public: bool) -> None:
    assert is_public(address) is public


@pytest.mark.parametrize(
    ("port", "fault"),
    [
        (80, None),
        (443, None),
        (8443, None),
        (65535, None),
        (22, "The port must be 80, 443, or 1024 and above."),
        (25, "The port must be 80, 443, or 1024 and above."),
    ],
)
def test_ports_of_other_protocols_are_not_called(port: int, fault: str | None) -> None:
    assert fault_of_url(f"https://hooks.example.com:{port}/", reach=PUBLIC) == fault


@given(st.ip_addresses(v=4))
def test_an_address_carried_in_ipv6_is_judged_as_itself(address: object) -> None:
    assert is_public(f"::ffff:{address}") is is_public(str(address))


def _leading_to(*addresses: str) -> Resolve:
    async def resolve(*_: object, **__: object) -> list[tuple[int, int, int, str, tuple[str, int]]]:
        return [(2, 1, 6, "", (address, 443)) for address in addresses]

    return resolve


@pytest.mark.parametrize(
    "addresses",
    [("127.0.0.1",), ("8.8.8.8", "10.0.0.8"), ("::1",), ("fe80::1%eth0",), ("::ffff:169.254.1.1",)],
)
async def test_a_name_that_leads_inside_is_refused_when_one_subscribes(
    monkeypatch: pytest.MonkeyPatch, addresses: tuple[str, ...]
) -> None:
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", _leading_to(*addresses))
    url = "https://hooks.example.com/"
    assert await refuse_private(url, reach=PUBLIC) == ("The name leads to a private address.")
    assert await refuse_private(url, reach=EVERYWHERE) is None


async def test_what_is_called_is_the_address_that_was_judged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loop = asyncio.get_running_loop()
    monkeypatch.setattr(loop, "getaddrinfo", _leading_to("2606:4700::1111", "8.8.8.8"))
    assert await resolved("https://hooks.example.com/", reach=PUBLIC) == "8.8.8.8"
    # Asked again it may lead elsewhere: it is judged anew.
    monkeypatch.setattr(loop, "getaddrinfo", _leading_to("127.0.0.1"))
    with pytest.raises(AddressRefused):
        await resolved("https://hooks.example.com/", reach=PUBLIC)


async def test_a_name_that_nobody_knows_yet_may_be_subscribed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", unknown)
    assert await refuse_private("https://hooks.example.com/", reach=PUBLIC) is None


@pytest.mark.parametrize("reach", [OPEN_INTERNET, Reach(private=True)])
async def test_http_is_refused_unless_it_is_allowed(reach: Reach) -> None:
    url = "http://hooks.example.com/"
    fault = "The URL must start with https://: what is sent by http can be read on its way."
    assert fault_of_url(url, reach=reach) == fault
    assert await refuse_private(url, reach=reach) == fault
    with pytest.raises(AddressRefused):
        await resolved(url, reach=reach)
    assert fault_of_url(url, reach=PUBLIC) is None
