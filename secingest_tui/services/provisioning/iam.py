"""Any provider with an AWS-compatible IAM API, by boto3: SeaweedFS, AWS, RGW where it has it.

A user may do nothing by itself: each bucket is granted by a policy of the bucket's name. IAM has no quotas.
Suspending makes every key inactive, which is all that IAM knows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

from botocore import xform_name

from secingest_tui.services.credentials import Credential
from secingest_tui.services.provisioning.base import (
    DRY,
    ProviderUser,
    Provisioner,
    ProvisioningError,
    UserExists,
)
from secingest_tui.storage.errors import AccessRefused, StorageError
from secingest_tui.storage.faults import translated
from secingest_tui.storage.settings import S3Settings, make_client

_MISSING = "NoSuchEntity"


class Iam(Provisioner):
    """``operator`` is an identity that may manage users."""

    kind: ClassVar[str] = "iam"
    has_quota: ClassVar[bool] = False
    grants_buckets: ClassVar[bool] = True

    def __init__(self, operator: S3Settings, *, dry_run: bool = False) -> None:
        super().__init__(f"the IAM API of {operator.place}", dry_run=dry_run)
        self._settings = operator
        self._iam: Any = make_client(operator, "iam")

    def close(self) -> None:
        self._iam.close()

    def find(self, user: str) -> ProviderUser | None:
        try:
            with self._doing(f"look for user {user}"):
                found = self._iam.get_user(UserName=user)["User"]
                keys = self._keys(user)
        except StorageError as error:
            if error.code == _MISSING:
                return None
            raise
        except KeyError:
            raise self._garbage() from None
        if found.get("UserName") != user:
            raise self._garbage()
        return ProviderUser(
            user, tuple(sorted(keys)), bool(keys) and all(state != "Active" for state in keys.values())
        )

    def users(self) -> list[str]:
        with self._doing("list users"):
            pages = self._iam.get_paginator("list_users").paginate()
            return sorted(entry["UserName"] for page in pages for entry in page.get("Users", []))

    def create(self, user: str, title: str) -> Credential:
        try:
            self._change(f"make user {user}", "CreateUser", UserName=user)
        except StorageError as error:
            if error.code != "EntityAlreadyExists":
                raise
            raise UserExists(
                f"There is a user {user} at {self.place} already; nothing was changed.",
                hint="If it is this tenant's, adopt it: secingest provision create ... --adopt",
                field="TENANT",
            ) from None
        return self.add_key(user)

    def add_key(self, user: str) -> Credential:
        answer = self._change(f"make an access key for {user}", "CreateAccessKey", UserName=user)
        if self.dry_run:
            return DRY
        key = answer.get("AccessKey", {})
        if not key.get("AccessKeyId") or not key.get("SecretAccessKey"):
            raise self._garbage()
        return Credential(key["AccessKeyId"], key["SecretAccessKey"])

    def remove_key(self, user: str, access_key: str) -> None:
        self._change(f"remove a key of {user}", "DeleteAccessKey", UserName=user, AccessKeyId=access_key)

    def suspend(self, user: str) -> None:
        self._set_status(user, "Inactive")

    def resume(self, user: str) -> None:
        self._set_status(user, "Active")

    def remove(self, user: str) -> None:
        with self._doing(f"remove user {user}"):
            policies = self._iam.list_user_policies(UserName=user).get("PolicyNames", [])
            keys = list(self._keys(user))
        for name in policies:
            self._change(f"remove user {user}", "DeleteUserPolicy", UserName=user, PolicyName=name)
        for key in keys:
            self._change(f"remove user {user}", "DeleteAccessKey", UserName=user, AccessKeyId=key)
        self._change(f"remove user {user}", "DeleteUser", UserName=user)

    def grant(self, user: str, buckets: Sequence[str]) -> None:
        for bucket in buckets:
            self._change(
                f"grant bucket {bucket} to {user}", "PutUserPolicy",
                UserName=user, PolicyName=bucket, PolicyDocument=json.dumps(bucket_policy([bucket])),
            )  # fmt: skip

    def _set_status(self, user: str, status: str) -> None:
        with self._doing(f"list the keys of {user}"):
            keys = list(self._keys(user))
        for key in keys:
            self._change(
                f"make a key of {user} {status.lower()}", "UpdateAccessKey",
                UserName=user, AccessKeyId=key, Status=status,
            )  # fmt: skip

    def _change(self, action: str, operation: str, **values: str) -> dict[str, Any]:
        """One operation of the API with its parameters; with ``dry_run`` shown as they would be sent."""
        if self._plan(f"iam:{operation} " + " ".join(f"{name}={value}" for name, value in values.items())):
            return {}
        with self._doing(action):
            answer: dict[str, Any] = getattr(self._iam, xform_name(operation))(**values)
        return answer

    def _keys(self, user: str) -> dict[str, str]:
        pages = self._iam.get_paginator("list_access_keys").paginate(UserName=user)
        listed = [entry for page in pages for entry in page.get("AccessKeyMetadata", [])]
        return {entry["AccessKeyId"]: entry.get("Status", "Active") for entry in listed}

    @contextmanager
    def _doing(self, action: str) -> Iterator[None]:
        try:
            with translated(self._settings, action):
                yield
        except AccessRefused as error:
            # SeaweedFS answers a wrong secret and a missing right alike, without a code.
            raise ProvisioningError(
                error.message,
                hint="Is the operator's secret key right, and may it manage users? Set it again: "
                "secingest provision connect",
                field="--access-key",
            ) from None

    def _garbage(self) -> ProvisioningError:
        return ProvisioningError(
            f"{self.place} answered, but not as an IAM API does.",
            hint="Check that the endpoint serves IAM, not S3 alone.",
            field="--endpoint",
        )


def bucket_policy(buckets: Sequence[str]) -> dict[str, Any]:
    """Everything on these buckets and nothing else (IAM policy language, version 2012-10-17)."""
    arns = [arn for bucket in buckets for arn in (f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*")]
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": ["s3:*"], "Resource": arns}],
    }
