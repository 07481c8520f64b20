"""Give further recipients access to an object whose body stays where it is.

The data key is wrapped for them, the signed list of all further keys is recorded at the server,
and then laid beside every copy. The server comes first because it is the one place that orders
two writers: a list is accepted only as the next revision. What a run could not reach is said, and
the next run brings it there: it takes up the newest list that anyone has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from backend_stub.contract.recipients import FurtherKeys
from secingest_tui.crypto.errors import FormatError, SignatureInvalidError, SignerMismatchError
from secingest_tui.crypto.esdk import Header
from secingest_tui.crypto.recipients import PrivateKey, Recipient
from secingest_tui.crypto.rewrap import wrap_further
from secingest_tui.crypto.signature import FurtherKey, KeySidecar, SignerKey, SignerPublicKey
from secingest_tui.errors import SecingestError, UsageError
from secingest_tui.metadata import ServerRefused
from secingest_tui.services.inspection import describe_header
from secingest_tui.services.restore.beside import (
    KEYS_SUFFIX,
    Source,
    from_record,
    read_key_sidecar,
    to_submission,
)
from secingest_tui.services.restore.locate import Copy, Located, copies_of, locate
from secingest_tui.services.restore.opened import OpenedObject
from secingest_tui.services.restore.run import Replayed, key_ids, open_copy
from secingest_tui.services.workspace import Workspace

Keys = Callable[[list[str]], Iterable[PrivateKey]]


@dataclass(frozen=True, slots=True)
class Opening:
    """How the object is opened: which keys, whom to trust, from which backend (None: any)."""

    keys: Keys
    signers: Sequence[SignerPublicKey]
    require_signature: bool = True
    backend: str | None = None


@dataclass(slots=True)
class Rewrapped:
    """What is so now; ``revision`` is the list's, 0 where there is none."""

    object_key: str
    version: str
    revision: int = 0
    added: list[str] = field(default_factory=list)
    """Key ids that have access from now on."""
    present: list[str] = field(default_factory=list)
    """Key ids that had it already."""
    written: list[str] = field(default_factory=list)
    """Backends whose copy has got the list."""
    current: list[str] = field(default_factory=list)
    """Backends whose copy had it."""
    missed: list[tuple[str, str]] = field(default_factory=list)
    """Backends whose copy does not have it, with the reason."""
    notes: list[str] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        return not self.missed


def open_for_rewrap(
    workspace: Workspace, object_key: str, version: str | None, opening: Opening
) -> tuple[Located, OpenedObject]:
    """Find the version and open the first copy that opens. Raises SecingestError; writes nothing."""
    located = locate(workspace, object_key, version=version)
    record = located.record
    if record.state == "deleted":
        raise UsageError(
            f"{object_key} {record.version} was deleted: nobody is given access to it.",
            hint="Name another version with --object-version.",
            field="--object-version",
        )
    keys = Replayed(opening.keys(key_ids(located)))
    tried: list[SecingestError] = []
    for copy in copies_of(record, opening.backend):
        try:
            opened = open_copy(
                workspace, located, copy, keys, list(opening.signers), opening.require_signature
            )
        except SecingestError as error:
            tried.append(error)
        else:
            return located, opened
    raise tried[0] if tried else SecingestError(f"{object_key} {record.version} has no copies.")


def rewrap(
    workspace: Workspace,
    object_key: str,
    recipients: Sequence[Recipient],
    opening: Opening,
    *,
    version: str | None,
    signer: Callable[[], SignerKey],
) -> Rewrapped:
    """Give ``recipients`` access to one version. Raises SecingestError before anything is written.

    ``signer``, asked only where something new is to be signed, is the key of whoever gives the access.
    Copies that could not be reached are in the result.
    """
    located, opened = open_for_rewrap(workspace, object_key, version, opening)
    result = Rewrapped(object_key, located.record.version, notes=list(opened.notes))
    lists = _Lists(workspace, located, opened.header, opening.signers, result)
    known = lists.known()
    new = _new(recipients, known, opened.private_key, result)
    if new:
        wrapped = wrap_further(opened.header, opened.private_key, new, extra_keys=opened.extra_keys)
        keys = [*known.values(), *wrapped]
        sealed = KeySidecar.sign(opened.header, lists.revision + 1, keys, signer())
        result.added = [key.key_id for key in wrapped]
        _note_post_quantum(opened.header, new, result)
    elif lists.newest is None:
        return result
    elif len(known) > len(lists.newest.keys) or lists.revision > lists.newest.revision:
        # Lists that never met, each with keys that the other lacks, or a newer one that nobody can use:
        # from now on there is one.
        sealed = KeySidecar.sign(opened.header, lists.revision + 1, list(known.values()), signer())
    else:
        sealed = lists.newest
    result.revision = sealed.revision
    if lists.recorded != sealed:
        _record(workspace, located, sealed)
    lists.write(sealed)
    return result


class _Lists:
    """The lists of further keys that server and copies have, and what is known of each."""

    def __init__(
        self,
        workspace: Workspace,
        located: Located,
        header: Header,
        signers: Sequence[SignerPublicKey],
        result: Rewrapped,
    ) -> None:
        """Raises SignerMismatchError where the server has a list by somebody who is not trusted."""
        self._result = result
        self._signers = signers
        self._header = header
        recorded = located.record.further_keys
        self._stated = recorded.revision if recorded else 0
        self.recorded = self._of_record(recorded)
        self._held: list[tuple[Copy, Source, KeySidecar | None]] = list(self._of_copies(workspace, located))
        trusted = [self.recorded, *(held for _, _, held in self._held)]
        self._trusted = sorted((one for one in trusted if one), key=lambda one: one.revision)
        self.newest = self._trusted[-1] if self._trusted else None

    @property
    def revision(self) -> int:
        """The greatest that anyone states, also in a list that cannot be used; 0 where there is none."""
        return max(self._stated, self.newest.revision if self.newest else 0)

    def known(self) -> dict[str, FurtherKey]:
        """Every further key of every trusted list by its recipient's fingerprint, newer lists deciding."""
        return {key.fingerprint: key for one in self._trusted for key in one.keys}

    def write(self, sealed: KeySidecar) -> None:
        """Lay the list beside every copy that was reached and does not have it."""
        for copy, source, held in self._held:
            if held == sealed:
                self._result.current.append(copy.backend)
                continue
            try:
                source.store.put(source.bucket, source.key + KEYS_SUFFIX, sealed.encode())
            except SecingestError as error:
                self._result.missed.append((copy.backend, error.message))
            else:
                self._result.written.append(copy.backend)

    def _of_record(self, recorded: FurtherKeys | None) -> KeySidecar | None:
        if recorded is None:
            return None
        try:
            stated = from_record(recorded)
            stated.verify(self._signers, self._header)
        except (FormatError, SignatureInvalidError) as error:
            self._result.notes.append(f"the server's record of further keys was not used: {error.message}")
            return None
        return stated

    def _of_copies(
        self, workspace: Workspace, located: Located
    ) -> Iterator[tuple[Copy, Source, KeySidecar | None]]:
        for copy in located.copies:
            try:
                store = workspace.store(copy.backend, located.tenant)
                source = Source(store, copy.bucket, copy.key, copy.version_id)
                yield copy, source, self._of_copy(copy, source)
            except SecingestError as error:
                # Also a list by a stranger: written over, whoever got access by it would lose it.
                self._result.missed.append((copy.backend, error.message))

    def _of_copy(self, copy: Copy, source: Source) -> KeySidecar | None:
        """What is usable there. What was altered is as good as absent, and is replaced."""
        try:
            held = read_key_sidecar(source)
            if held is not None:
                held.verify(self._signers, self._header)
        except SignerMismatchError:
            raise
        except (FormatError, SignatureInvalidError) as error:
            self._result.notes.append(
                f"the keys beside the copy on {copy.backend} were altered: {error.message}; they are replaced"
            )
            return None
        if held is not None and self.recorded is not None and held.revision < self.recorded.revision:
            self._result.notes.append(
                f"the keys beside the copy on {copy.backend} were an older list: revision {held.revision}, "
                f"the server's record has {self.recorded.revision}"
            )
        return held


def _new(
    recipients: Sequence[Recipient],
    known: dict[str, FurtherKey],
    opened_by: PrivateKey,
    result: Rewrapped,
) -> list[Recipient]:
    """Those who do not have access yet, as far as it can be known.

    An RSA key of the header is named there by its id only, and another key may have that id; so it
    counts as having access only where the key at hand is that very key.
    """
    new: dict[str, Recipient] = {}
    for recipient in recipients:
        if recipient.fingerprint in known or recipient.fingerprint == opened_by.fingerprint:
            result.present.append(recipient.key_id)
        else:
            new[recipient.fingerprint] = recipient
    return list(new.values())


def _note_post_quantum(header: Header, new: Sequence[Recipient], result: Rewrapped) -> None:
    weaker = [recipient.key_id for recipient in new if not recipient.post_quantum]
    if weaker and describe_header(header)["post_quantum"]:
        result.notes.append(
            f"the object was safe from a quantum computer; {', '.join(weaker)} is no post-quantum key, so "
            "from now on it is not"
        )


def _record(workspace: Workspace, located: Located, sealed: KeySidecar) -> None:
    try:
        workspace.tenant(located.tenant).add_recipients(to_submission(sealed))
    except ServerRefused as error:
        if error.code == "revision-differs":
            error.hint = "Somebody else gave access at the same moment; run the command again."
        raise
