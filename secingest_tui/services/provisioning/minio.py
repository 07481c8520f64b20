"""MinIO by its admin API, through the ``minio`` package (extra ``minio``).

In MinIO a user is its access key. So a tenant is a group with a policy of its own, and each of its keys is
a user in that group: two keys can be valid at once, and suspending the tenant disables all of them.
https://github.com/minio/minio/tree/master/docs/multi-user
"""

from __future__ import annotations

import io
import json
import secrets
import string
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, ClassVar, TypeVar
from urllib.parse import urlsplit

from secingest_tui.errors import UsageError
from secingest_tui.services.credentials import Credential
from secingest_tui.services.provisioning.base import (
    DRY,
    ProviderUser,
    Provisioner,
    ProvisioningError,
    Quota,
    UserExists,
)
from secingest_tui.services.provisioning.iam import bucket_policy
from secingest_tui.storage.settings import S3Settings
from secingest_tui.text import visible

T = TypeVar("T")
_ALPHABET = string.ascii_uppercase + string.digits


class Minio(Provisioner):
    """``operator`` is an identity with the policy ``consoleAdmin``, or the root user."""

    kind: ClassVar[str] = "minio"
    limits_objects: ClassVar[bool] = False
    grants_buckets: ClassVar[bool] = True

    def __init__(self, operator: S3Settings, *, dry_run: bool = False) -> None:
        assert operator.endpoint is not None
        super().__init__(f"the admin API of {operator.endpoint}", dry_run=dry_run)
        self._admin = _admin_client(operator, self._leave_it if dry_run else None)
        self._made_here: list[str] = []

    def find(self, user: str) -> ProviderUser | None:
        group = self._group(user)
        if group is None:
            return None
        members = tuple(sorted(group.get("members") or ()))
        known = self._accounts()
        states = [known.get(member, {}).get("status") for member in members]
        suspended = bool(members) and all(state != "enabled" for state in states)
        return ProviderUser(user, members, suspended)

    def users(self) -> list[str]:
        names = self._json("list groups", self._admin.group_list)
        return sorted(name for name in names or () if isinstance(name, str))

    def create(self, user: str, title: str) -> Credential:
        if self._group(user) is not None:
            raise UserExists(
                f"There is a group {user} at {self.place} already; nothing was changed.",
                hint="If it is this tenant's, adopt it: secingest provision create ... --adopt",
                field="TENANT",
            )
        return self.add_key(user)

    def add_key(self, user: str) -> Credential:
        made = Credential("".join(secrets.choice(_ALPHABET) for _ in range(20)), secrets.token_urlsafe(30))
        self._made_here.append(made.access_key)
        self._call("make a user", lambda: self._admin.user_add(made.access_key, made.secret_key))
        # The package says str; the server reads a list of names.
        members: Any = [made.access_key]
        self._call("put the user into its group", lambda: self._admin.group_add(user, members))
        return DRY if self.dry_run else made

    def remove_key(self, user: str, access_key: str) -> None:
        self._call("remove a user", lambda: self._admin.user_remove(access_key))

    def suspend(self, user: str) -> None:
        self._set_status(user, "disabled")

    def resume(self, user: str) -> None:
        self._set_status(user, "enabled")

    def remove(self, user: str) -> None:
        for key in self._members(user):
            self.remove_key(user, key)
        self._call("remove the group", lambda: self._admin.group_remove(user))
        if user in self._policies():
            self._call("remove the policy", lambda: self._admin.policy_remove(user))

    def set_quota(self, user: str, quota: Quota, buckets: Sequence[str]) -> None:
        if quota.objects is not None:
            raise UsageError(
                "MinIO limits bytes of a bucket, not the number of objects.",
                hint="Set the number at the metadata server's policy instead.",
                field="--quota-objects",
            )
        size = quota.bytes or 0  # 0 takes the limit away
        for bucket in buckets:
            self._call("set a quota", partial(self._admin.bucket_quota_set, bucket, size))

    def grant(self, user: str, buckets: Sequence[str]) -> None:
        policies = self._policies()
        granted = _granted(policies.get(user, {}))
        wanted = sorted({*granted, *buckets})
        if user in policies and wanted == sorted(granted):
            return
        self._call("write the policy", lambda: self._admin.policy_add(user, policy=bucket_policy(wanted)))
        if user not in policies:
            self._call("attach the policy", lambda: self._admin.attach_policy([user], group=user))

    def _set_status(self, user: str, status: str) -> None:
        change = self._admin.user_disable if status == "disabled" else self._admin.user_enable
        for key in self._members(user):
            self._call("change a user", partial(change, key))

    def _leave_it(self, method: str, url: str, body: bytes | None) -> None:
        """A dry run: what the package was about to send. What a body holds sealed stays unseen."""
        parts = urlsplit(url)
        line = f"{method} {parts.path}" + (f"?{parts.query}" if parts.query else "")
        if body:
            try:
                line += " " + json.dumps(json.loads(body), separators=(",", ":"))
            except ValueError:
                line += " (body sealed under the admin's secret)"
        for key in self._made_here:
            line = line.replace(key, "(made here)")
        self._plan(line)

    def _members(self, user: str) -> tuple[str, ...]:
        found = self.find(user)
        return found.access_keys if found else ()

    def _group(self, name: str) -> dict[str, Any] | None:
        # Asking for a group that is not there is an error of several kinds; its name in the list is not.
        if name not in self.users():
            return None
        group = self._json("read a group", lambda: self._admin.group_info(name))
        if not isinstance(group, dict) or group.get("name") != name:
            raise self._garbage()
        return group

    def _accounts(self) -> dict[str, dict[str, Any]]:
        found = self._json("list users", self._admin.user_list)
        if not isinstance(found, dict):
            raise self._garbage()
        return found

    def _policies(self) -> dict[str, dict[str, Any]]:
        found = self._json("list policies", self._admin.policy_list)
        if not isinstance(found, dict):
            raise self._garbage()
        return found

    def _json(self, what: str, call: Callable[[], str]) -> Any:
        try:
            return json.loads(self._call(what, call))
        except ValueError:
            raise self._garbage() from None

    def _call(self, what: str, call: Callable[[], T]) -> T:
        import urllib3
        from minio.error import MinioAdminException

        try:
            return call()
        except MinioAdminException as error:
            raise ProvisioningError(
                f"{what} at {self.place}: the server answered {_code(error)}.",
                hint="Check the admin's access key and secret: secingest provision connect",
            ) from None
        except urllib3.exceptions.HTTPError as error:
            raise ProvisioningError(
                f"{what}: {self.place} cannot be reached ({type(error).__name__}).",
                hint="Check endpoint, port and certificate (ca_file of the backend) and try again.",
                field="--endpoint",
            ) from None
        except (ValueError, OSError):
            # An answer that does not decrypt under the admin's secret.
            raise self._garbage() from None

    def _garbage(self) -> ProvisioningError:
        return ProvisioningError(
            f"{self.place} answered, but not as MinIO's admin API does.",
            hint="Is the endpoint a MinIO server, and not a proxy in front of it?",
            field="--endpoint",
        )


Leave = Callable[[str, str, bytes | None], None]


def _admin_client(operator: S3Settings, leave: Leave | None = None) -> Any:
    """``leave`` is told of each change (method, URL, body), which is then not sent."""
    try:
        import certifi
        import urllib3
        from minio import MinioAdmin
        from minio.credentials.providers import StaticProvider
    except ImportError:
        raise UsageError(
            "MinIO's admin client is not installed.", hint="pip install 'secingest[minio]'", field="--with"
        ) from None
    assert operator.endpoint is not None
    parts = urlsplit(operator.endpoint)
    pool = urllib3.PoolManager(
        timeout=urllib3.Timeout(connect=10, read=60),
        cert_reqs="CERT_REQUIRED",
        ca_certs=str(operator.ca_file) if operator.ca_file else certifi.where(),
        retries=urllib3.Retry(total=1, redirect=0),
    )
    if leave is not None:
        pool.urlopen = _not_sent(pool.urlopen, leave)  # type: ignore[method-assign]
    return MinioAdmin(
        endpoint=parts.netloc,
        credentials=StaticProvider(operator.access_key or "", operator.secret_key or ""),
        region="",
        secure=parts.scheme == "https",
        http_client=pool,
    )


def _not_sent(send: Callable[..., Any], leave: Leave) -> Callable[..., Any]:
    """What is only read goes through; what changes is told, and answered as done."""
    import urllib3

    def urlopen(method: str, url: str, **options: Any) -> Any:
        if method == "GET":
            return send(method, url, **options)
        leave(method, url, options.get("body"))
        return urllib3.HTTPResponse(body=io.BytesIO(), status=204)

    return urlopen


def _granted(policy: dict[str, Any]) -> list[str]:
    """The buckets that a policy of ours names."""
    statements = policy.get("Statement") or []
    arns = [arn for statement in statements for arn in statement.get("Resource") or ()]
    return sorted({arn.removeprefix("arn:aws:s3:::").split("/")[0] for arn in arns})


def _code(error: Any) -> str:
    """Status, and MinIO's own code where its answer has one; nothing else of the answer."""
    status = str(getattr(error, "_code", ""))
    try:
        code = json.loads(str(getattr(error, "_body", ""))).get("Code", "")
    except (ValueError, AttributeError):
        code = ""
    return visible(f"{status} {code}".strip(), 80)
