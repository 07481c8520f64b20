"""Ceph RGW by its Admin Operations API: signed HTTP at ``ENDPOINT/admin``.

https://docs.ceph.com/en/latest/radosgw/adminops/. The operator's key needs ``users=*`` and
``metadata=read``: ``radosgw-admin caps add --uid=UID --caps="users=*;metadata=read"``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

import httpx

from secingest_tui.metadata.auth import SigV4
from secingest_tui.services.credentials import Credential
from secingest_tui.services.provisioning.base import (
    DRY,
    ProviderUser,
    Provisioner,
    ProvisioningError,
    Quota,
    UserExists,
    the_new_key,
)
from secingest_tui.services.provisioning.rgw_user import key_pairs, parse_user
from secingest_tui.text import visible
from secingest_tui.trust import is_loopback, trust

_HINTS = {
    "SignatureDoesNotMatch": "The secret key does not fit the access key; set it again: "
    "secingest provision connect",
    "InvalidAccessKeyId": "RGW does not know the access key; set it again: secingest provision connect",
    "AccessDenied": "The user lacks the capability: "
    'radosgw-admin caps add --uid=UID --caps="users=*;metadata=read"',
    "RequestTimeTooSkewed": "This machine's clock and the gateway's are too far apart: timedatectl status.",
}


class AdminOps(Provisioner):
    """``credential`` is of an RGW user with the capabilities above."""

    kind: ClassVar[str] = "admin-ops"

    def __init__(
        self, endpoint: str, credential: Credential, *, ca_file: Path | None = None, dry_run: bool = False
    ) -> None:
        super().__init__(f"{endpoint}/admin", dry_run=dry_run)
        self._http = httpx.Client(
            auth=SigV4(credential),
            verify=trust(endpoint, ca_file),
            timeout=30,
            follow_redirects=False,
            trust_env=not is_loopback(endpoint),
        )

    def close(self) -> None:
        self._http.close()

    def find(self, user: str) -> ProviderUser | None:
        answer = self._call("GET", "user", {"uid": user}, accept=("NoSuchUser", "NoSuchKey"))
        return None if answer is None else parse_user(answer, self.place)

    def users(self) -> list[str]:
        names = self._call("GET", "metadata/user", {})
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise self._garbage()
        return sorted(names)

    def create(self, user: str, title: str) -> Credential:
        query = {"uid": user, "display-name": title, "key-type": "s3", "generate-key": "true"}
        if self._plan(self._shown("PUT", "user", query)):
            return DRY
        answer = self._call("PUT", "user", query, accept=("UserAlreadyExists",))
        if answer is None:
            raise UserExists(
                f"There is a user {user} at {self.place} already; nothing was changed.",
                hint="If it is this tenant's, adopt it: secingest provision create ... --adopt",
                field="TENANT",
            )
        return the_new_key(key_pairs(answer, self.place), (), self.place)

    def add_key(self, user: str) -> Credential:
        query = {"key": "", "uid": user, "key-type": "s3", "generate-key": "true"}
        if self._plan(self._shown("PUT", "user", query)):
            return DRY
        found = self.find(user)
        pairs = key_pairs(self._call("PUT", "user", query), self.place)
        return the_new_key(pairs, found.access_keys if found else (), self.place)

    def remove_key(self, user: str, access_key: str) -> None:
        self._change("DELETE", {"key": "", "uid": user, "key-type": "s3", "access-key": access_key})

    def suspend(self, user: str) -> None:
        self._change("POST", {"uid": user, "suspended": "true"})

    def resume(self, user: str) -> None:
        self._change("POST", {"uid": user, "suspended": "false"})

    def remove(self, user: str) -> None:
        self._change("DELETE", {"uid": user})

    def set_quota(self, user: str, quota: Quota, buckets: Sequence[str]) -> None:
        # The API counts in KiB; a limit is never rounded up.
        size = -1 if quota.bytes is None else quota.bytes // 1024
        objects = -1 if quota.objects is None else quota.objects
        self._change(
            "PUT",
            {
                "quota": "", "uid": user, "quota-type": "user", "max-size-kb": str(size),
                "max-objects": str(objects), "enabled": "true" if quota else "false",
            },
        )  # fmt: skip

    def _change(self, method: str, query: Mapping[str, str]) -> None:
        if not self._plan(self._shown(method, "user", query)):
            self._call(method, "user", query)

    def _url(self, path: str, query: Mapping[str, str]) -> str:
        pairs = sorted({**query, "format": "json"}.items())
        return f"{self.place}/{path}?" + "&".join(
            f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in pairs
        )

    def _shown(self, method: str, path: str, query: Mapping[str, str]) -> str:
        return f"{method} {self._url(path, query)}"

    def _call(self, method: str, path: str, query: Mapping[str, str], *, accept: Sequence[str] = ()) -> Any:
        """The answer's JSON; None for an error among ``accept``, and for an empty answer to a change."""
        try:
            answer = self._http.request(method, self._url(path, query))
        except httpx.TransportError as error:
            raise ProvisioningError(
                f"{self.place} cannot be reached: {visible(str(error) or type(error).__name__, 200)}.",
                hint="Check endpoint, port and certificate (ca_file of the backend) and try again.",
                field="--endpoint",
            ) from None
        try:
            said = answer.json() if answer.content.strip() else None
        except ValueError:
            raise self._garbage() from None
        if answer.is_success:
            if said is None and method in ("GET",):
                raise self._garbage()
            return said
        code = said.get("Code", "") if isinstance(said, dict) else ""
        if code in accept:
            return None
        hint = _HINTS.get(code, "See the gateway's log for this request.")
        if method == "DELETE" and answer.status_code == 409:
            hint = "The user still owns buckets. Move or delete them first; nothing is purged here."
        raise ProvisioningError(
            f"{self.place}: {method} {path} was answered with {answer.status_code} {visible(str(code), 60)}.",
            hint=hint,
        )

    def _garbage(self) -> ProvisioningError:
        return ProvisioningError(
            f"{self.place} answered something that is not the Admin Ops API's JSON.",
            hint="Is the endpoint a Ceph RGW, with the admin API enabled (rgw_enable_apis)?",
            field="--endpoint",
        )
