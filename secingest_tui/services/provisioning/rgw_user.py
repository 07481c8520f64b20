"""A user of Ceph RGW as ``radosgw-admin`` and the Admin Ops API both describe it, read with suspicion."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from secingest_tui.services.provisioning.base import ProviderUser, ProvisioningError, Quota


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class _Key(_Lenient):
    access_key: Annotated[str, Field(min_length=3)]
    secret_key: Annotated[str, Field(min_length=8, repr=False)]


class _Quota(_Lenient):
    enabled: bool = False
    max_size: int = -1
    max_objects: int = -1


class _User(_Lenient):
    user_id: Annotated[str, Field(min_length=1)]
    suspended: int
    keys: list[_Key]
    user_quota: _Quota = _Quota()


def parse_user(answer: Any, place: str) -> ProviderUser:
    """The user in an answer. Raises ProvisioningError where it is none."""
    user = _user(answer, place)
    quota = user.user_quota
    limits = Quota(
        quota.max_size if quota.enabled and quota.max_size >= 0 else None,
        quota.max_objects if quota.enabled and quota.max_objects >= 0 else None,
    )
    keys = tuple(sorted(key.access_key for key in user.keys))
    return ProviderUser(user.user_id, keys, bool(user.suspended), limits)


def key_pairs(answer: Any, place: str) -> list[tuple[str, str]]:
    """Every key with its secret: of a user, or the list that Admin Ops answers for a new key."""
    if isinstance(answer, list):
        answer = {"user_id": "-", "suspended": 0, "keys": answer}
    return [(key.access_key, key.secret_key) for key in _user(answer, place).keys]


def _user(answer: Any, place: str) -> _User:
    try:
        return _User.model_validate(answer)
    except ValidationError:
        raise ProvisioningError(
            f"{place} answered something that is no RGW user.",
            hint="Is it really Ceph's radosgw-admin or Admin Ops API, and of a matching version?",
        ) from None
