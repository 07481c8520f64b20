"""Settings: what is refused, what stays hidden, and what the environment may not change."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from secingest_tui.storage import S3Settings, S3Store, WrongCredentials
from secingest_tui.storage.settings import S3SettingsError, make_client
from tests.storage.conftest import Provider

SECRET = "the-secret-key-of-this-test"
GOOD = S3Settings("http://127.0.0.1:1", access_key="AK", secret_key=SECRET, session_token="a-token")


@pytest.fixture
def provider(seaweed: Provider) -> Provider:
    return seaweed


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"endpoint": "127.0.0.1:8333"}, "endpoint"),
        ({"endpoint": "ftp://host"}, "endpoint"),
        ({"endpoint": "http://user:pass@host"}, "endpoint"),
        ({"endpoint": "http://host/?a=b"}, "endpoint"),
        ({"secret_key": None}, "secret_key"),
        ({"profile": "p"}, "profile"),
        ({"ca_file": Path("/nonexistent.pem")}, "ca_file"),
    ],
)
def test_wrong_settings_name_the_field(change: dict[str, object], field: str) -> None:
    with pytest.raises(S3SettingsError) as raised:
        replace(GOOD, **change)
    assert raised.value.field == field
    assert raised.value.hint
    assert SECRET not in str(raised.value)
    assert "pass@" not in str(raised.value)


def test_secrets_are_not_shown() -> None:
    for shown in (repr(GOOD), str(GOOD), repr(S3Store(GOOD))):
        assert SECRET not in shown
        assert "a-token" not in shown


@pytest.mark.parametrize(
    ("endpoint", "addressing", "host"),
    [
        ("https://s3.example.net", "auto", "https://s3.example.net/bucket/"),
        ("https://s3.example.net", "virtual", "https://bucket.s3.example.net/"),
        ("https://s3.eu-central-1.amazonaws.com", "auto", "https://bucket.s3.eu-central-1.amazonaws.com/"),
        (None, "auto", "https://bucket.s3.eu-central-1.amazonaws.com/"),
        (None, "path", "https://s3.eu-central-1.amazonaws.com/bucket/"),
    ],
)
def test_addressing(endpoint: str | None, addressing: str, host: str) -> None:
    settings = replace(GOOD, endpoint=endpoint, region="eu-central-1", addressing=addressing)
    assert S3Store(settings).presign_get("bucket", "key").startswith(host + "key?")


@pytest.mark.parametrize(
    ("endpoint", "signs"),
    [
        ("http://127.0.0.1:8333", False),
        ("http://localhost:8333", False),
        ("http://[::1]:8333", False),
        ("https://s3.example.net", False),
        (None, False),
        ("http://s3.example.net", True),
    ],
)
def test_a_body_is_signed_where_someone_on_the_way_could_change_it(endpoint: str | None, signs: bool) -> None:
    assert replace(GOOD, endpoint=endpoint).signs_payload is signs


def test_the_environment_changes_nothing_of_explicit_settings(
    provider: Provider, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "config").write_text("[default]\nrequest_checksum_calculation = when_supported\n")
    for name, value in {
        "AWS_PROFILE": "does-not-exist",
        "AWS_ACCESS_KEY_ID": "WRONG",
        "AWS_SECRET_ACCESS_KEY": "wrong",
        "AWS_SESSION_TOKEN": "wrong",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_CA_BUNDLE": "/nonexistent",
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "HTTP_PROXY": "http://127.0.0.1:1",
        "http_proxy": "http://127.0.0.1:1",
    }.items():
        monkeypatch.setenv(name, value)
    store = S3Store(provider.alice)
    store.list_buckets()
    assert store._client.meta.config.request_checksum_calculation == "when_required"


def test_a_profile_with_a_credential_process(
    provider: Provider, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    answer = (
        f'{{"Version": 1, "AccessKeyId": "{provider.alice.access_key}", '
        f'"SecretAccessKey": "{provider.alice.secret_key}"}}'
    )
    (tmp_path / "answer.json").write_text(answer)
    helper = tmp_path / "helper.py"
    helper.write_text(f"print(open({str(tmp_path / 'answer.json')!r}).read())")
    config = f"[profile vault]\ncredential_process = {sys.executable} {helper}\n"
    config += "[profile empty]\nregion = x\n[profile broken]\ncredential_process = /nonexistent/helper\n"
    (tmp_path / "config").write_text(config)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    by_profile = replace(provider.alice, access_key=None, secret_key=None, profile="vault")
    S3Store(by_profile).list_buckets()
    with pytest.raises(S3SettingsError, match="no S3 client") as raised:
        make_client(replace(by_profile, profile="no-such"))
    assert raised.value.field == "profile"
    with pytest.raises(WrongCredentials, match="there are no credentials"):
        S3Store(replace(by_profile, profile="empty")).list_buckets()
    with pytest.raises(WrongCredentials, match=r"profile broken .* gave no credentials"):
        S3Store(replace(by_profile, profile="broken")).list_buckets()
