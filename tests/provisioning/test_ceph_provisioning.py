"""Ceph's two ways in, at a real RGW of Debian's packages."""

from __future__ import annotations

import re
import secrets
from dataclasses import replace
from pathlib import Path

import pytest

from secingest_tui.services.credentials import Credential
from secingest_tui.services.provisioning.admin_ops import AdminOps
from secingest_tui.services.provisioning.base import Provisioner, ProvisioningError, Quota
from secingest_tui.services.provisioning.radosgw_admin import RadosgwAdmin
from secingest_tui.storage import QuotaExceeded, S3Settings, S3Store
from tests.provisioning.conftest import command_of, script, use
from tests.provisioning.contract import ProvisionerContract, Site
from tests.rigs.rgw import RadosGateway
from tests.rigs.sshd import sshd


def s3(gateway: RadosGateway, key: Credential) -> S3Settings:
    return S3Settings(
        gateway.endpoint, "default", "path", key.access_key, key.secret_key, checksums="md5", attempts=1
    )


@pytest.fixture(scope="module")
def operator(gateway: RadosGateway) -> Credential:
    user = gateway.user("ops")
    gateway.admin("caps", "add", "--uid=ops", "--caps=users=*;metadata=read")
    return Credential(user.access_key, user.secret_key)


class Ceph(ProvisionerContract):
    def test_a_quota_holds(self, site: Site, way: Provisioner, user: str) -> None:
        key = way.create(user, "small")
        store = S3Store(site.settings(key))
        store.ensure_bucket(f"q-{user}")
        way.set_quota(user, Quota(bytes=8192, objects=1), [])
        found = way.find(user)
        assert found is not None
        assert found.quota == Quota(bytes=8192, objects=1)
        store.put(f"q-{user}", "one", b"x")
        with pytest.raises(QuotaExceeded):
            store.put(f"q-{user}", "two", b"x")
        way.set_quota(user, Quota(), [])
        store.put(f"q-{user}", "two", b"x" * 9000)

    def test_a_user_with_buckets_is_not_removed(self, site: Site, way: Provisioner, user: str) -> None:
        key = way.create(user, "full")
        assert use(site.settings(key), f"f-{user}") == "works"
        with pytest.raises(ProvisioningError) as caught:
            way.remove(user)
        assert "buckets" in str(caught.value.hint)
        assert use(site.settings(key), f"f-{user}") == "works"


class TestRadosgwAdmin(Ceph):
    @pytest.fixture
    def site(self, gateway: RadosGateway) -> Site:
        return Site(lambda dry: RadosgwAdmin(command_of(gateway), dry_run=dry), lambda key: s3(gateway, key))

    def test_the_dry_run_is_the_command(self, gateway: RadosGateway) -> None:
        way = RadosgwAdmin(["ssh", "root@ceph1", "radosgw-admin"], dry_run=True)
        way.create("tenant-a", "secingest tenant a")
        assert way.planned == [
            "ssh root@ceph1 radosgw-admin user create --uid=tenant-a "
            "''\"'\"'--display-name=secingest tenant a'\"'\"''"
        ]

    def test_through_ssh_the_arguments_stay_whole(self, gateway: RadosGateway, tmp_path: Path) -> None:
        """As sshd does: the words are joined by blanks and read by a shell."""
        ssh = script(tmp_path, "ssh", 'shift\nexec sh -c "$*"')
        way = RadosgwAdmin([ssh, "ceph1", *command_of(gateway)])
        way.create("tenant-by-ssh", "a title; touch /nowhere $(id)")
        info = gateway.admin("user", "info", "--uid=tenant-by-ssh")
        assert info["display_name"] == "a title; touch /nowhere $(id)"

    def test_over_a_real_ssh(self, gateway: RadosGateway) -> None:
        """An account that is not root, at a real sshd; the title is not read by its shell."""
        title = "a title; touch ~/oops $(id) 'x'"
        with sshd(forced=False) as account:
            config = account.folder / "ceph.conf"
            own = re.sub(
                r"^(.*log file|run dir|crash dir) = .*$", "", gateway.config.read_text(), flags=re.MULTILINE
            )
            config.write_text(own)
            config.chmod(0o644)
            there = f"{account.name}@127.0.0.1"
            way = RadosgwAdmin(
                [*account.ssh(), there, "radosgw-admin", "-c", str(config), "--log-to-file=false"]
            )
            key = way.create("tenant-real-ssh", title)
            assert use(s3(gateway, key), "real-ssh") == "works"
            assert gateway.admin("user", "info", "--uid=tenant-real-ssh")["display_name"] == title
            assert not (account.folder / "home" / "oops").exists()
            closed = RadosgwAdmin(["ssh", "-p", "9", *account.options(), there, "radosgw-admin"])
            with pytest.raises(ProvisioningError, match="ended with 255") as caught:
                closed.users()
            assert "ssh itself failed" in str(caught.value.hint)

    def test_in_a_container_by_a_prefix(self, gateway: RadosGateway, tmp_path: Path) -> None:
        podman = script(tmp_path, "podman", 'test "$1 $2" = "exec rgw" && shift 2 && exec "$@"')
        way = RadosgwAdmin([podman, "exec", "rgw", *command_of(gateway)])
        key = way.create("tenant-in-podman", "one")
        assert use(s3(gateway, key), "in-podman") == "works"

    def test_it_is_missing(self) -> None:
        with pytest.raises(ProvisioningError, match="no program nowhere-radosgw-admin") as caught:
            RadosgwAdmin(["nowhere-radosgw-admin"]).users()
        assert "apt-get install" in str(caught.value.hint)

    @pytest.mark.parametrize(
        "said", ["", "Welcome to ceph1!", "[]", '{"user_id": "x"}', '{"keys": 3}', '"yes"', "null", "[1, 2]"]
    )
    def test_it_prints_garbage(self, tmp_path: Path, said: str) -> None:
        garbage = script(tmp_path, "radosgw-admin", f"echo '{said}'")
        way = RadosgwAdmin([garbage])
        for ask in (lambda: way.create("tenant-a", "a"), lambda: way.find("tenant-a")):
            with pytest.raises(ProvisioningError, match="answered"):
                ask()

    def test_a_failure_shows_what_it_said_and_no_secret(self, tmp_path: Path) -> None:
        loud = "echo '{\"secret_key\": \"hush-hush\"}'; printf 'could not: \\033]0;x\\007no' >&2; exit 5"
        with pytest.raises(ProvisioningError) as caught:
            RadosgwAdmin([script(tmp_path, "radosgw-admin", loud)]).users()
        assert "ended with 5" in caught.value.message
        assert "\\x1b]0;x" in caught.value.message
        assert "hush" not in caught.value.message + str(caught.value.hint)


class TestAdminOps(Ceph):
    @pytest.fixture
    def site(self, gateway: RadosGateway, operator: Credential) -> Site:
        return Site(
            lambda dry: AdminOps(gateway.endpoint, operator, dry_run=dry), lambda key: s3(gateway, key)
        )

    def test_the_dry_run_is_the_request(self, gateway: RadosGateway, operator: Credential) -> None:
        way = AdminOps(gateway.endpoint, operator, dry_run=True)
        way.suspend("tenant-a")
        assert way.planned == [f"POST {gateway.endpoint}/admin/user?format=json&suspended=true&uid=tenant-a"]

    def test_what_a_dry_run_shows_is_what_is_sent(self, site: Site, user: str) -> None:
        sent: list[str] = []
        way = site.open(False)
        assert isinstance(way, AdminOps)
        way._http.event_hooks["request"].append(
            lambda request: sent.append(f"{request.method} {request.url}")
        )
        way.create(user, "one & only")
        found = way.find(user)
        assert found is not None
        ways = (way, site.open(True))
        for each in ways:
            each.add_key(user)
            each.set_quota(user, Quota(bytes=1 << 20), [])
            each.suspend(user)
            each.remove_key(user, found.access_keys[0])
            each.remove(user)
        assert [line for line in sent if not line.startswith("GET ")][1:] == ways[1].planned

    def test_wrong_keys(self, gateway: RadosGateway, operator: Credential) -> None:
        wrong = AdminOps(gateway.endpoint, replace(operator, secret_key=secrets.token_hex(20)))
        with pytest.raises(ProvisioningError, match="SignatureDoesNotMatch") as caught:
            wrong.users()
        assert "secret key" in str(caught.value.hint)

    def test_a_user_without_the_capability(self, gateway: RadosGateway) -> None:
        plain = gateway.user("no-caps")
        way = AdminOps(gateway.endpoint, Credential(plain.access_key, plain.secret_key))
        with pytest.raises(ProvisioningError, match="AccessDenied") as caught:
            way.create("tenant-x", "x")
        assert "caps add" in str(caught.value.hint)

    def test_nobody_there(self) -> None:
        with pytest.raises(ProvisioningError, match="cannot be reached"):
            AdminOps("http://127.0.0.1:9", Credential("AK", "SK")).users()
