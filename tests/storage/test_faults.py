"""Failures in words: the right class, a next step, and never a secret."""

from __future__ import annotations

import datetime
import traceback
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from secingest_tui.storage import (
    ClockSkew,
    QuotaExceeded,
    S3Settings,
    S3Store,
    SlowDown,
    StorageError,
    TooLarge,
)
from secingest_tui.storage.faults import _CLASSES, translate, translated
from tests.storage.conftest import Provider

SECRET = "s3cr3t-key-s3cr3t-key"
SETTINGS = S3Settings("http://store.example:80", access_key="AK", secret_key=SECRET)


def answer(code: str, status: int, message: str = "") -> ClientError:
    error = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(error, "PutObject")


@pytest.mark.parametrize(
    ("code", "status", "kind", "retryable"),
    [
        ("EntityTooLarge", 400, TooLarge, False),
        ("", 413, TooLarge, False),
        ("SlowDown", 503, SlowDown, True),
        ("<html>", 502, SlowDown, True),
        ("QuotaExceeded", 403, QuotaExceeded, False),
        ("SomethingNew", 400, StorageError, False),
        ("SomethingNew", 599, StorageError, True),
    ],
)
def test_an_answer_becomes_its_class(code: str, status: int, kind: type, retryable: bool) -> None:
    error = translate(answer(code, status), SETTINGS, "put s3://b/k")
    assert type(error) is kind
    assert error.retryable is retryable
    assert error.message.startswith("put s3://b/k at http://store.example:80: ")
    assert error.hint


def test_every_known_answer_has_a_next_step() -> None:
    for code, (kind, words, hint) in _CLASSES.items():
        assert issubclass(kind, StorageError), code
        assert words, code
        assert hint, code


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("a plain reason", ": a plain reason"),
        ("esc \x1b[2J and\nlines", ": esc [2J andlines"),
        (f"the key {SECRET} is wrong", ""),
        ("see https://store.example/?X-Amz-Signature=abc", ""),
        ("long " * 100, ": " + ("long " * 100)[:200]),
    ],
)
def test_a_providers_own_words_are_shown_where_they_are_harmless(message: str, shown: str) -> None:
    error = translate(answer("SomethingNew", 400, message), SETTINGS, "put")
    assert error.message == f"put at http://store.example:80: the provider answered SomethingNew{shown}"


def test_nothing_of_the_cause_is_kept_in_the_chain() -> None:
    with pytest.raises(StorageError) as raised, translated(SETTINGS, "put"):
        raise ValueError(f"https://store.example/?X-Amz-Signature={SECRET}")
    text = "".join(traceback.format_exception(raised.value))
    assert SECRET not in text
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__


def test_a_wrong_clock_is_named(seaweed: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)

    def clock(*_: Any, **__: Any) -> datetime.datetime:
        return later.replace(tzinfo=None)

    monkeypatch.setattr("botocore.crt.auth.get_current_datetime", clock)
    with pytest.raises(ClockSkew, match="clock"):
        S3Store(replace(seaweed.alice, attempts=1)).list_buckets()


def test_a_keys_control_characters_are_spelled_out() -> None:
    error = translate(answer("NoSuchKey", 404), SETTINGS, "get s3://b/\x1b]52;c;x\x07\u202e\n")
    assert error.message.isprintable()
    assert "s3://b/\\x1b]52;c;x\\x07\\u202e\\n at" in error.message
