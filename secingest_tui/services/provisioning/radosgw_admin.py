"""Ceph by its own command ``radosgw-admin``: here, by ``ssh HOST``, or in a container by a prefix.

``radosgw-admin`` makes the keys itself, so no secret is ever in a command. Found by trying (Ceph 16.2):
`user create` of an existing uid ends with 17, `user info` of an unknown one with 22, `user rm` with buckets
with 17 (39 in newer ones) unless data are purged, which is never asked for here.
"""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any, ClassVar

from secingest_tui.errors import UsageError
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

_EXISTS, _UNKNOWN = 17, 22
_TIMEOUT = 60


class RadosgwAdmin(Provisioner):
    """``command`` is everything before the arguments, as ``["ssh", "root@ceph1", "radosgw-admin"]``."""

    kind: ClassVar[str] = "radosgw-admin"

    def __init__(self, command: Sequence[str], *, dry_run: bool = False) -> None:
        if not command:
            raise UsageError("The command is empty.", hint="For example: radosgw-admin", field="--command")
        super().__init__(shlex.join(command), dry_run=dry_run)
        self._command = tuple(command)
        # ssh hands its arguments to a shell over there, as one line.
        self._quoted = PurePath(command[0]).name == "ssh"

    def find(self, user: str) -> ProviderUser | None:
        code, answer = self._run("user", "info", f"--uid={user}", accept=(_UNKNOWN,))
        return None if code == _UNKNOWN else parse_user(self._json(answer), self.place)

    def users(self) -> list[str]:
        names = self._json(self._run("user", "list")[1])
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise self._garbage()
        return sorted(names)

    def create(self, user: str, title: str) -> Credential:
        arguments = ("user", "create", f"--uid={user}", f"--display-name={title}")
        if self._plan(self._shown(arguments)):
            return DRY
        code, answer = self._run(*arguments, accept=(_EXISTS,))
        if code == _EXISTS:
            raise UserExists(
                f"There is a user {user} at {self.place} already; nothing was changed.",
                hint="If it is this tenant's, adopt it: secingest provision create ... --adopt",
                field="TENANT",
            )
        return the_new_key(key_pairs(self._json(answer), self.place), (), self.place)

    def add_key(self, user: str) -> Credential:
        arguments = ("key", "create", f"--uid={user}", "--key-type=s3", "--gen-access-key", "--gen-secret")
        if self._plan(self._shown(arguments)):
            return DRY
        found = self.find(user)
        answer = self._json(self._run(*arguments)[1])
        return the_new_key(key_pairs(answer, self.place), found.access_keys if found else (), self.place)

    def remove_key(self, user: str, access_key: str) -> None:
        self._change("key", "rm", f"--uid={user}", "--key-type=s3", f"--access-key={access_key}")

    def suspend(self, user: str) -> None:
        self._change("user", "suspend", f"--uid={user}")

    def resume(self, user: str) -> None:
        self._change("user", "enable", f"--uid={user}")

    def remove(self, user: str) -> None:
        self._change("user", "rm", f"--uid={user}")

    def set_quota(self, user: str, quota: Quota, buckets: Sequence[str]) -> None:
        scope = (f"--uid={user}", "--quota-scope=user")
        limits = (f"--max-size={_limit(quota.bytes)}", f"--max-objects={_limit(quota.objects)}")
        self._change("quota", "set", *scope, *limits)
        self._change("quota", "enable" if quota else "disable", *scope)

    def _change(self, *arguments: str) -> None:
        if not self._plan(self._shown(arguments)):
            self._run(*arguments)

    def _argv(self, arguments: Sequence[str]) -> list[str]:
        given = [shlex.quote(part) for part in arguments] if self._quoted else list(arguments)
        return [*self._command, *given]

    def _shown(self, arguments: Sequence[str]) -> str:
        return shlex.join(self._argv(arguments))

    def _run(self, *arguments: str, accept: Sequence[int] = ()) -> tuple[int, str]:
        try:
            done = subprocess.run(
                self._argv(arguments),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_TIMEOUT,
                check=False,
            )
        except FileNotFoundError:
            raise ProvisioningError(
                f"There is no program {self._command[0]} on this machine.",
                hint="Install it (Debian: apt-get install radosgw ceph-common), or name where it runs: "
                '--command "ssh HOST radosgw-admin"',
                field="--command",
            ) from None
        except PermissionError:
            raise ProvisioningError(
                f"{self._command[0]} may not be run.", hint="Check its permissions.", field="--command"
            ) from None
        except subprocess.TimeoutExpired:
            raise ProvisioningError(
                f"{self.place} {arguments[0]} {arguments[1]} did not end within {_TIMEOUT} s.",
                hint="Check that the Ceph monitors can be reached from there, then try again.",
            ) from None
        if done.returncode == 0 or done.returncode in accept:
            return done.returncode, done.stdout.decode(errors="replace")
        # Only what it complains about: standard output may hold keys.
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise ProvisioningError(
            f"{self.place} {arguments[0]} {arguments[1]} ended with {done.returncode}: "
            + (visible(said[-1], 300) if said else "it said nothing"),
            hint=self._hint(done.returncode, said[-1] if said else ""),
        )

    def _json(self, answer: str) -> Any:
        try:
            return json.loads(answer)
        except ValueError:
            raise self._garbage() from None

    def _hint(self, code: int, said: str) -> str:
        if self._quoted and code == 255:
            return "ssh itself failed: log in by hand once, with a key that asks for nothing."
        if "purge data" in said:
            return "The user still owns buckets. Move or delete them first; nothing is purged here."
        return "Run the command by hand to see more; --dry-run prints it."

    def _garbage(self) -> ProvisioningError:
        return ProvisioningError(
            f"{self.place} answered something that is not radosgw-admin's JSON.",
            hint="Run it by hand with 'user list'; does a login script of that account print something?",
            field="--command",
        )


def _limit(value: int | None) -> int:
    return -1 if value is None else value
