"""Errors: what, what was kept, what to do; details on demand; what is copied leaves secrets out."""

from __future__ import annotations

import pytest

from secingest_tui.errors import SecingestError
from secingest_tui.metadata import ServerRefused
from secingest_tui.models.trouble import Trouble
from secingest_tui.redaction import LEFT_OUT, redacted
from secingest_tui.screens.common.details import DetailScreen
from tests.tui.conftest import running, screen_text, settled, until
from tests.tui.fake import FakeSession
from tests.tui.test_upload import type_in

KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
SECRETS = {
    "header": (f"X-Admin-Key: {KEY}", KEY),
    "basic": ("Authorization: Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"),
    "sigv4": ("AWS4-HMAC-SHA256 Credential=AK/x, Signature=9f86d081884c7d65", "9f86d081884c7d65"),
    "query": ("https://h/b?X-Amz-Signature=abcdef01&X-Amz-Date=1", "abcdef01"),
    "json": (f'{{"secret_key": "{KEY}"}}', KEY),
    "json-short": ('{"password": "a b"}', "a b"),
    "assignment": ("aws_secret_access_key = hunter22", "hunter22"),
    "flag": ("radosgw-admin --secret-key hunter22 --uid x", "hunter22"),
    "token": ("session-token=tok/en+1234", "tok/en+1234"),
    "passphrase": ("passphrase: correct-horse", "correct-horse"),
    "url": ("http://root:toor@127.0.0.1/", "toor"),
    "bare": (f"refused {KEY} here", KEY),
    "ours": (
        "the key Zk3xY_9aQ-Lm2Np4Rs6Tu8Vw0Xy1Za3Bc5De7F is old",
        "Zk3xY_9aQ-Lm2Np4Rs6Tu8Vw0Xy1Za3Bc5De7F",
    ),
    "pem": ("-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----", "MIIEvQ"),
    "cut-pem": ("-----BEGIN EC PRIVATE KEY-----\nMHcCAQ", "MHcCAQ"),
}
PLAIN = (
    "customer42/reports/2024-Q4-final-and-signed-by-everybody.pdf",
    "9b2cf535f27731c974343645a3985328",
    "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8",
    "The token of the upload is missing.",
    "s3://s3gw-a1b2c3d4e5f60718-embedded/customer42/2024.pdf",
    "Give the passphrase of the key, then try again.",
    "password incorrect, try another",
)  # fmt: skip


@pytest.mark.parametrize(("text", "secret"), SECRETS.values(), ids=SECRETS)
def test_secrets_are_left_out(text: str, secret: str) -> None:
    assert secret not in redacted(text)
    assert LEFT_OUT in redacted(text)
    assert secret not in redacted(f"before {text}\nafter")
    assert redacted(f"{text}\nafter").endswith("after") or "PRIVATE KEY" in text


@pytest.mark.parametrize("text", PLAIN)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redacted(text) == text


def refused() -> SecingestError:
    try:
        try:
            raise ConnectionError(f"sent secret_key={KEY}")
        except ConnectionError as cause:
            raise ServerRefused("The server said no.", status=503, hint="Wait.", code="busy") from cause
    except ServerRefused as error:
        return error


async def test_the_details_of_the_last_error_are_shown_and_copied() -> None:
    session = FakeSession()
    async with running(session, start="metadata") as (app, pilot):
        await pilot.press("ctrl+g")
        await settled(pilot)
        assert not isinstance(app.screen, DetailScreen), "nothing has gone wrong yet"
        session.broken["objects"] = refused()
        await pilot.press("r")
        await until(pilot, lambda: "The server said no." in screen_text(app))
        for part in ("Kept: what was read", "Next: Wait.", "ctrl+g details"):
            assert part in screen_text(app)
        await pilot.press("ctrl+g")
        await until(pilot, lambda: "ServerRefused" in screen_text(app))
        for part in ("503", "busy", "ConnectionError", "kept", "2026-11-24 12:00:00Z"):
            assert part in screen_text(app)
        assert KEY not in screen_text(app)
        await pilot.press("y")
        await settled(pilot)
        for part in ("Reading objects failed", "The server said no.", "Wait.", "503", "ConnectionError"):
            assert part in app.clipboard
        assert KEY not in app.clipboard


async def test_in_a_form_too_and_what_was_typed_is_no_part_of_it() -> None:
    session = FakeSession()
    session.broken["create_key"] = RuntimeError(f"cannot write, password={KEY}")
    async with running(session, start="provisioning") as (app, pilot):
        await pilot.press("k")
        await settled(pilot)
        await type_in(pilot, "new-k1")
        await pilot.press("tab", "tab", "tab")
        await type_in(pilot, "correct horse")
        await pilot.press("tab")
        await type_in(pilot, "correct horse")
        await pilot.press("enter")
        await until(pilot, lambda: "This is a defect" in screen_text(app))
        await pilot.press("ctrl+g")
        await until(pilot, lambda: "fake.py" in screen_text(app))
        await pilot.press("y")
        await settled(pilot)
        assert "_call, tui/fake.py" in app.clipboard
        assert "correct horse" not in app.clipboard + screen_text(app)
        assert KEY not in app.clipboard + screen_text(app)
        await pilot.press("escape")
        await settled(pilot)
        assert "new-k1" in screen_text(app), "the form is as it was"


def test_no_folder_of_this_machine_is_told() -> None:
    def fails() -> None:
        raise KeyError("x")

    try:
        fails()
    except KeyError as error:
        told = Trouble.of("Trying", error).as_text()
    assert "fails, tui/test_error_details.py:" in told
    assert __file__.rpartition("/tests/")[0] not in told
