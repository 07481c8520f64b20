"""Tenants at the embedded store: an identity each, which reaches its own buckets and nothing else.

Found by trying (SeaweedFS 4.48, IAM API on the S3 port): a user without a policy can do nothing, not even
create a bucket. A policy of `s3:*` on one bucket lets it create that bucket, whose owner it then is, and
every operation of another user on it is 403. There is no grantable `s3:CreateBucket` ("not a valid
action"), so each bucket is granted by name before the tenant makes it. Keys and policies take effect at
once and survive restarts.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from secingest_tui.embedded.backends import TenantKey
from secingest_tui.storage.errors import StorageError
from secingest_tui.storage.faults import translated
from secingest_tui.storage.settings import S3Settings, make_client

_IAM_NAME = re.compile(r"[A-Za-z0-9_+=,.@-]{1,57}")


class TenantIdentities:
    """The operator's view of the store's users."""

    def __init__(self, operator: S3Settings) -> None:
        self._settings = operator
        self._iam: Any = make_client(operator, "iam")

    def mint(self, tenant: str) -> TenantKey:
        """A new access key for the tenant, whose user is made where it is missing; older keys stay valid."""
        user = user_name(tenant)
        self._make_user(user, tenant)
        with translated(self._settings, f"make an access key for tenant {tenant}"):
            key = self._iam.create_access_key(UserName=user)["AccessKey"]
        return TenantKey(key["AccessKeyId"], key["SecretAccessKey"])

    def grant(self, tenant: str, bucket: str) -> None:
        """Let the tenant create and use this bucket. Granting it again changes nothing."""
        user = user_name(tenant)
        self._make_user(user, tenant)
        arn = f"arn:aws:s3:::{bucket}"
        policy = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": ["s3:*"], "Resource": [arn, f"{arn}/*"]}],
        }
        with translated(self._settings, f"grant bucket {bucket} to tenant {tenant}"):
            self._iam.put_user_policy(UserName=user, PolicyName=bucket, PolicyDocument=json.dumps(policy))

    def withdraw(self, tenant: str, bucket: str) -> None:
        """Take a grant back; one that is not there is no error."""
        try:
            with translated(self._settings, f"withdraw bucket {bucket} from tenant {tenant}"):
                self._iam.delete_user_policy(UserName=user_name(tenant), PolicyName=bucket)
        except StorageError as error:
            if error.code != "NoSuchEntity":
                raise

    def revoke(self, tenant: str, access_key: str) -> None:
        """Make one of the tenant's keys invalid."""
        with translated(self._settings, f"revoke a key of tenant {tenant}"):
            self._iam.delete_access_key(UserName=user_name(tenant), AccessKeyId=access_key)

    def _make_user(self, user: str, tenant: str) -> None:
        try:
            with translated(self._settings, f"make an identity for tenant {tenant}"):
                self._iam.create_user(UserName=user)
        except StorageError as error:
            if error.code != "EntityAlreadyExists":
                raise


def user_name(tenant: str) -> str:
    """The tenant's user at the store; a name IAM does not take is replaced by its hash."""
    if _IAM_NAME.fullmatch(tenant):
        return f"tenant-{tenant}"
    return f"tenanth-{hashlib.sha256(tenant.encode()).hexdigest()[:40]}"
