from collections.abc import Sequence
from pathlib import Path

import pytest

from sickbay_agent.errors import IdentityError
from sickbay_agent.exchange import CallError
from sickbay_agent.identity.chain import fetch_chain
from sickbay_agent.identity.keysmith import chain_of_server
from sickbay_agent.identity.pinning import FetchChain, Token, parse_token, trusted_authority
from tests.agent.authority import Authority
from tests.agent.fake_collector import Core
from tests.agent.grpc_stub import serving

PIN = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("text", "pin"),
    [
        pytest.param(f"secret.{PIN}", PIN, id="with a pin"),
        pytest.param(f"secret.{PIN.upper()}", PIN, id="upper case"),
        pytest.param("secret", None, id="without"),
        pytest.param(f"secret.{PIN[1:]}", None, id="too short for one"),
    ],
)
def test_a_token_may_end_in_a_pin(text: str, pin: str | None) -> None:
    assert parse_token(text) == Token(text=text, pin=pin)


def authority_by(
    token: Token, *, chain: Sequence[bytes] = (), ca_file: Path | None = None
) -> bytes:
    return trusted_authority(
        token, ca_file=ca_file, address="a:1", server_name=None, fetch=lambda _a, _n: chain
    )


def test_the_authority_that_the_pin_names_is_trusted() -> None:
    ours, other = Authority(), Authority("other")
    token = Token(text="t", pin=ours.fingerprint)

    assert authority_by(token, chain=[other.der, ours.der]) == ours.pem


def test_no_other_authority_is_trusted() -> None:
    with pytest.raises(IdentityError, match="a:1 is not the collector that made the token"):
        authority_by(Token(text="t", pin=PIN), chain=[Authority().der])


def test_without_pin_and_file_nobody_is_trusted() -> None:
    with pytest.raises(IdentityError, match="give --ca-file, or a token with a fingerprint"):
        authority_by(Token(text="t", pin=None), chain=[Authority().der])


def test_a_file_is_trusted_if_it_matches_the_pin(tmp_path: Path) -> None:
    ours = Authority()
    file = tmp_path / "ca.pem"
    file.write_bytes(b"a comment\n" + ours.pem)

    assert authority_by(Token(text="t", pin=None), ca_file=file) == ours.pem
    assert authority_by(Token(text="t", pin=ours.fingerprint), ca_file=file) == ours.pem
    with pytest.raises(IdentityError, match="is not the authority that the token names"):
        authority_by(Token(text="t", pin=PIN), ca_file=file)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"nothing", "holds no certificate", id="no PEM"),
        pytest.param(b"\xff\xfe", "holds no certificate", id="no text"),
        pytest.param(None, "cannot be read: No such file", id="missing"),
        pytest.param(
            b"-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----",
            "holds a damaged certificate",
            id="damaged",
        ),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, content: bytes | None, message: str) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(IdentityError, match=message):
        authority_by(Token(text="t", pin=None), ca_file=file)


@pytest.mark.parametrize("fetch", [fetch_chain, chain_of_server])
def test_the_chain_that_a_server_presents_is_shown(fetch: FetchChain) -> None:
    """This Python can show it: leaf first, authority behind it; the child process says the same."""
    core = Core()
    with serving(core) as ports:
        chain = fetch(ports.enrollment, None)

    assert len(chain) == 2
    assert chain[1] == core.authority.der


@pytest.mark.parametrize("fetch", [fetch_chain, chain_of_server])
def test_a_server_that_is_not_there_is_told(fetch: FetchChain) -> None:
    with pytest.raises(CallError, match=r"127\.0\.0\.1:9 cannot be reached") as caught:
        fetch("127.0.0.1:9", None)

    assert caught.value.is_lost
