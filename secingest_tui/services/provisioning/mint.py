"""A tenant's user and key at one provider: made, rotated with overlap, suspended, removed."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field

from backend_stub.contract.namespace import DEFAULT_LOGICAL
from secingest_tui.embedded.tenants import user_name
from secingest_tui.errors import UsageError
from secingest_tui.services.credentials import Credential, backend_entry
from secingest_tui.services.provisioning.base import (
    ProviderUser,
    Provisioner,
    ProvisioningError,
    Quota,
    UserExists,
)
from secingest_tui.services.provisioning.record import MintedUser, load_record, save_record
from secingest_tui.services.workspace import Workspace
from secingest_tui.storage import S3Store, StorageError

MAX_KEYS = 2
"""Valid at once while a key is rotated; AWS allows no more."""


@dataclass(frozen=True, slots=True)
class Minted:
    """A key that works now. ``secret_key`` is shown only where it is ``new``."""

    backend: str
    user: str
    access_key: str
    secret_key: str = field(repr=False)
    new: bool = True
    still_valid: tuple[str, ...] = ()
    """Older keys of the same user, to be revoked when nobody uses them any more."""
    unlimited: str = ""
    """What of a wanted quota the provider has no limit for, in a sentence; the metadata server's holds."""


class Minting:
    """One tenant at one backend, by the backend's ``provisioner``."""

    def __init__(self, workspace: Workspace, tenant: str, backend_id: str, provisioner: Provisioner) -> None:
        self._workspace = workspace
        self.tenant = tenant
        self.backend_id = workspace.backend(backend_id).id
        self.user = user_name(tenant)
        self._provisioner = provisioner

    def find(self) -> ProviderUser | None:
        """What the provider has now."""
        return self._provisioner.find(self.user)

    def foreign(self) -> ProviderUser | None:
        """The user, where there is one that this profile neither made nor adopted."""
        if self.backend_id in load_record(self._workspace.home, self.tenant).minted:
            return None
        found = self.find()
        held = self._workspace.credentials.get(self._entry)
        ours = found is not None and held is not None and held.access_key in found.access_keys
        return None if ours else found

    def unfinished(self) -> ProviderUser | None:
        """The user, where a mint began and did not come to its end."""
        entry = load_record(self._workspace.home, self.tenant).minted.get(self.backend_id)
        return self.find() if entry is not None and entry.state == "making" else None

    def mint(self, *, adopt: bool = False, quota: Quota | None = None) -> Minted:
        """A user with a key that is kept in this profile, and was tried; ``quota`` where there are any.

        What is there already stays as it is. ``adopt`` takes up a user that this profile did not make.
        Raises UserExists for one, where it is not asked for.
        """
        found = self.find()
        key = self._held_key(found)
        new = key is None
        if key is None:
            key = self._new_user() if found is None else self._further_key(found, adopt=adopt)
        if self._provisioner.grants_buckets:
            self._provisioner.grant(self.user, self.buckets())
        if quota and self._provisioner.has_quota:
            objects = quota.objects if self._provisioner.limits_objects else None
            self._provisioner.set_quota(self.user, Quota(quota.bytes, objects), self.buckets())
        unlimited = self.unlimited(quota or Quota())
        made = Minted(self.backend_id, self.user, key.access_key, key.secret_key, new, (), unlimited)
        if not self._provisioner.dry_run:
            self.try_key(key)
            self._note("made", key.access_key)
        return made

    def unlimited(self, quota: Quota) -> str:
        """Which part of ``quota`` this way in cannot set at the provider, in a sentence; empty where none."""
        if self._provisioner.has_quota:
            left = "objects" if quota.objects is not None and not self._provisioner.limits_objects else ""
        else:
            wanted = (("bytes", quota.bytes), ("objects", quota.objects))
            left = " and ".join(name for name, limit in wanted if limit is not None)
        return (
            f"{self._provisioner.place} limits no {left}: the metadata server's quota holds" if left else ""
        )

    def rotate(self) -> Minted:
        """A further key, tried and kept here; the older ones stay valid until they are revoked."""
        found = self._existing()
        if len(found.access_keys) >= MAX_KEYS:
            raise UsageError(
                f"{self.user} has {len(found.access_keys)} valid keys already: "
                f"{', '.join(found.access_keys)}.",
                hint=f"Revoke one first: secingest provision revoke {self.tenant} ACCESS_KEY "
                f"--backend {self.backend_id}",
                field="ACCESS_KEY",
            )
        key = self._provisioner.add_key(self.user)
        self._try_typed(key)
        if not self._provisioner.dry_run:
            self._keep(key, found.access_keys)
            self.try_key(key)
            self._note("made", key.access_key)
        return Minted(self.backend_id, self.user, key.access_key, key.secret_key, True, found.access_keys)

    def revoke(self, access_key: str) -> None:
        """Make one key invalid. Raises UsageError for the one in use here, and for one that is not there."""
        found = self._existing()
        if access_key not in found.access_keys:
            raise UsageError(
                f"{self.user} has no key {access_key}; it has: {', '.join(found.access_keys) or 'none'}.",
                field="ACCESS_KEY",
            )
        held = self._workspace.credentials.get(self._entry)
        if held is not None and held.access_key == access_key:
            raise UsageError(
                f"{access_key} is the key this profile works with.",
                hint=f"Rotate first: secingest provision rotate {self.tenant} --backend {self.backend_id}",
                field="ACCESS_KEY",
            )
        self._provisioner.remove_key(self.user, access_key)

    def suspend(self) -> None:
        self._existing()
        self._provisioner.suspend(self.user)

    def resume(self) -> None:
        self._existing()
        self._provisioner.resume(self.user)

    def set_quota(self, quota: Quota) -> None:
        self._existing()
        self._provisioner.set_quota(self.user, quota, self.buckets())

    def remove(self) -> str:
        """Take back what was made here; says what. Data at the provider are never removed."""
        record = load_record(self._workspace.home, self.tenant)
        entry, found = record.minted.get(self.backend_id), self.find()
        done = f"{self.backend_id}: nothing of {self.user} is there"
        if found is not None and entry is not None and not entry.ours:
            held = self._workspace.credentials.get(self._entry)
            if held is not None and held.access_key in found.access_keys:
                self._provisioner.remove_key(self.user, held.access_key)
            done = f"{self.backend_id}: our key of the adopted user {self.user} removed, the user stays"
        elif found is not None and self._provisioner.by_hand:
            if self._provisioner.dry_run:
                self._provisioner.remove(self.user)
            keys = ", ".join(found.access_keys)
            done = (
                f"{self.backend_id}: key {keys} forgotten here; it works until you remove it in "
                f"{self._provisioner.place}"
            )
        elif found is not None:
            self._provisioner.remove(self.user)
            done = f"{self.backend_id}: user {self.user} and its keys removed"
        if not self._provisioner.dry_run:
            self._workspace.credentials.remove(self._entry)
            self._workspace.forget(self.tenant)
            record.minted.pop(self.backend_id, None)
            save_record(self._workspace.home, record)
        return done

    def buckets(self) -> list[str]:
        """The tenant's bucket here by the rule, as the server answers it to the operator."""
        backend = self._workspace.backend(self.backend_id)
        answer = self._workspace.admin().namespace(
            customer=self.tenant, region=backend.region, logical=DEFAULT_LOGICAL, backend=backend.id
        )
        return [answer.bucket]

    def try_key(self, key: Credential) -> None:
        """Use the key at the S3 API. Raises ProvisioningError where the provider refuses what it made."""
        store = S3Store(self._workspace.store_settings(self.backend_id, self.tenant, key=key))
        with closing(store):
            try:
                store.list_buckets()
            except StorageError as error:
                raise ProvisioningError(
                    f"The new key of {self.user} does not work: {error.message}",
                    hint="Is the endpoint of the backend the one whose users were changed? "
                    f"See: secingest backends show {self.backend_id}",
                    field="--backend",
                ) from None

    @property
    def _entry(self) -> str:
        return backend_entry(self.backend_id, self.tenant)

    def _existing(self) -> ProviderUser:
        found = self.find()
        if found is None:
            raise UsageError(
                f"There is no user {self.user} at {self._provisioner.place}.",
                hint=f"Make it: secingest provision create {self.tenant} --backend {self.backend_id}",
                field="TENANT",
            )
        return found

    def _held_key(self, found: ProviderUser | None) -> Credential | None:
        """A key of this user that is kept here already, for this backend or another of the same store."""
        if found is None:
            return None
        prefix, suffix = "backend/", f"/tenant/{self.tenant}"
        credentials = self._workspace.credentials
        others = [name for name in credentials.names() if name.startswith(prefix) and name.endswith(suffix)]
        for name in (self._entry, *others):
            held = credentials.get(name)
            if held is not None and held.access_key in found.access_keys:
                if name != self._entry and not self._provisioner.dry_run:
                    credentials.set(self._entry, held)
                    other = name.removeprefix(prefix).removesuffix(suffix)
                    entry = load_record(self._workspace.home, self.tenant).minted.get(other)
                    self._note("made", held.access_key, ours=entry is None or entry.ours)
                return held
        return None

    def _new_user(self) -> Credential:
        if not self._provisioner.dry_run:
            self._note("making", None)
        try:
            key = self._provisioner.create(self.user, f"secingest tenant {self.tenant}")
            self._try_typed(key)
        except (UserExists, UsageError):
            self._forget_note()
            raise
        except ProvisioningError:
            if self._provisioner.by_hand:
                self._forget_note()
            raise
        self._keep(key, ())
        return key

    def _further_key(self, found: ProviderUser, *, adopt: bool) -> Credential:
        entry = load_record(self._workspace.home, self.tenant).minted.get(self.backend_id)
        if entry is None and not adopt:
            raise UserExists(
                f"There is a user {self.user} at {self._provisioner.place} already, and this profile did not "
                "make it; nothing was changed.",
                hint="If it is this tenant's, give it a further key: --adopt",
                field="TENANT",
            )
        if entry is None and not self._provisioner.dry_run:
            self._note("making", None, ours=False)
        key = self._provisioner.add_key(self.user)
        self._keep(key, ())
        if entry is not None and entry.ours and entry.state == "making":
            # A run was cut off before it had kept them: nobody has these secrets.
            for lost in found.access_keys:
                self._provisioner.remove_key(self.user, lost)
        return key

    def _try_typed(self, key: Credential) -> None:
        """What a person typed is kept only once it was seen to work."""
        if self._provisioner.by_hand and not self._provisioner.dry_run:
            self.try_key(key)

    def _keep(self, key: Credential, replaces: Sequence[str]) -> None:
        """Keep the key, also for other backends of the same store that used one of ``replaces``."""
        if self._provisioner.dry_run:
            return
        credentials = self._workspace.credentials
        suffix = f"/tenant/{self.tenant}"
        for name in credentials.names():
            held = credentials.get(name) if name.endswith(suffix) and name.startswith("backend/") else None
            if held is not None and held.access_key in replaces:
                credentials.set(name, key)
        credentials.set(self._entry, key)
        self._workspace.forget(self.tenant)

    def _note(self, state: str, access_key: str | None, *, ours: bool = True) -> None:
        record = load_record(self._workspace.home, self.tenant)
        before = record.minted.get(self.backend_id)
        record.minted[self.backend_id] = MintedUser(
            user=self.user,
            state="made" if state == "made" else "making",
            ours=before.ours if before is not None else ours,
            access_key=access_key,
        )
        save_record(self._workspace.home, record)

    def _forget_note(self) -> None:
        record = load_record(self._workspace.home, self.tenant)
        record.minted.pop(self.backend_id, None)
        save_record(self._workspace.home, record)
