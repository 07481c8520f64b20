"""The IAM way in, at the embedded stack's SeaweedFS."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from secingest_tui.errors import SecingestError
from secingest_tui.services.credentials import Credential
from secingest_tui.services.provisioning.base import Provisioner, ProvisioningError, Quota, Unsupported
from secingest_tui.services.provisioning.iam import Iam
from secingest_tui.services.provisioning.mint import Minting
from secingest_tui.services.workspace import Workspace
from secingest_tui.storage import S3Settings
from tests.provisioning.conftest import use
from tests.provisioning.contract import ProvisionerContract, Site


def s3(workspace: Workspace, key: Credential) -> S3Settings:
    return replace(workspace.stack.operator, access_key=key.access_key, secret_key=key.secret_key, attempts=1)


class TestIam(ProvisionerContract):
    @pytest.fixture
    def site(self, workspace: Workspace) -> Site:
        return Site(lambda dry: Iam(workspace.stack.operator, dry_run=dry), lambda key: s3(workspace, key))

    def test_what_is_not_granted_is_refused(self, site: Site, way: Provisioner, user: str) -> None:
        key = way.create(user, "one")
        way.grant(user, ["granted-one"])
        assert use(site.settings(key), "granted-one") == "works"
        assert use(site.settings(key), "not-granted") == "403"

    def test_it_has_no_quota_and_says_who_has(self, way: Provisioner, user: str) -> None:
        with pytest.raises(Unsupported) as caught:
            way.set_quota(user, Quota(bytes=1), [])
        assert "metadata server" in str(caught.value.hint)

    def test_wrong_keys(self, workspace: Workspace) -> None:
        wrong = replace(workspace.stack.operator, secret_key="no-such-secret", attempts=1)
        with pytest.raises(ProvisioningError) as caught:
            Iam(wrong).users()
        assert "secret key" in str(caught.value.hint)
        assert "no-such-secret" not in caught.value.message

    def test_a_tenant_may_not_manage_users(self, site: Site, workspace: Workspace, user: str) -> None:
        key = site.open(False).create(user, "one")
        with pytest.raises(SecingestError):
            Iam(s3(workspace, key)).create("tenant-made-by-a-tenant", "x")


YES = """<{name}Response xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><{name}Result>
<User><UserName>{user}</UserName><UserId>AIDAXXXXXXXXXXXXXXXX</UserId><Path>/</Path>
<Arn>arn:aws:iam::000000000000:user/{user}</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate></User>
<AccessKey><UserName>{user}</UserName><AccessKeyId>AKIAYESYESYESYESYES1</AccessKeyId>
<SecretAccessKey>yesyesyesyesyesyesyesyes</SecretAccessKey><Status>Active</Status></AccessKey>
</{name}Result><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></{name}Response>"""


@pytest.fixture
def yes_man() -> Iterator[str]:
    """An IAM endpoint that answers yes to everything and does nothing."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            from urllib.parse import parse_qs

            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            name, user = form["Action"][0], form.get("UserName", [""])[0]
            missing = name == "GetUser"
            body = YES.format(name=name, user=user).encode()
            if missing:
                body = b"<ErrorResponse><Error><Code>NoSuchEntity</Code></Error></ErrorResponse>"
            self.send_response(404 if missing else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Be quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_an_endpoint_that_only_says_yes_is_found_out(workspace: Workspace, yes_man: str) -> None:
    way = Iam(replace(workspace.stack.operator, endpoint=yes_man, attempts=1))
    with pytest.raises(ProvisioningError, match="does not work"):
        Minting(workspace, "trusting", "local-fi", way).mint()
