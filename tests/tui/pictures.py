"""Every screen in every state it can be in: how it is brought there, or why there is no such state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

from secingest_tui.errors import SecingestError
from secingest_tui.models.transfer import (
    FileEntry,
    Folder,
    IngestPlan,
    IngestRequest,
    Phase,
    PlanItem,
    Problem,
    Source,
    TaskError,
    UnfinishedRow,
)
from tests.tui.fake import FakeSession
from tests.tui.fake_data import NOW, PASSPHRASE, receipt

AWAY = SecingestError(
    "The server at 127.0.0.1:4711 does not answer.", hint="Start it with secingest serve, then r."
)
STATES = ("full", "empty", "loading", "error")


class Files(FakeSession):
    """A disk that is the same on every machine; one tenant and one key, so that nothing has to be chosen."""

    def __init__(self, *, full: bool = True) -> None:
        super().__init__(full=full)
        self.tenant_rows, self.key_rows = self.tenant_rows[:1], self.key_rows[:1]
        self.disk = {"films": None, "report.pdf": 12_582_912, "scans.tar": 3_400_000_000}

    def source(self, path: str) -> Source:
        self._call("source", path)
        name = path.removeprefix("/srv/")
        if path == "/srv" or self.disk.get(name, 0) is None:
            return Source(True, is_folder=True)
        return Source(True, size=self.disk[name]) if name in self.disk else Source(False)

    def browse(self, folder: str) -> Folder:
        self._call("browse", folder)
        found = [FileEntry(name, "/srv/" + name, size is None, size) for name, size in self.disk.items()]
        return Folder("/srv", "/", tuple(found))

    def complete_path(self, typed: str) -> str | None:
        return None

    def plan_ingest(self, request: IngestRequest) -> IngestPlan:
        self._call("plan_ingest", request)
        items = (PlanItem(request.paths[0], str(request.object_key), 12_582_912),)
        taken = (Problem(f"{request.object_key} has a version v1.", "Choose another version.", "version"),)
        notes = ("Not protected against quantum computers: customer42-k1 is RSA.",)
        return IngestPlan(items, 1, 12_582_912, taken if request.version == "v1x" else (), notes, self.locked)


@dataclass(frozen=True)
class Way:
    """From a main screen by keys; ``=text`` is pasted, ``@id`` puts the focus there."""

    area: str
    keys: tuple[str, ...] = ()
    session: Callable[[], FakeSession] = FakeSession
    held: str = ""
    """The call that does not answer, from the last key on."""
    broken: str = ""
    """The call that fails, from the last key on."""
    before: Callable[[FakeSession], None] = field(default=lambda session: None)
    """What has happened at the session before."""
    size: tuple[int, int] = (80, 24)


@dataclass(frozen=True)
class Shown:
    """A screen; a text in place of a way says why it has no such state."""

    full: Way | str
    empty: Way | str
    loading: Way | str
    error: Way | str

    def way(self, state: str) -> Way | str:
        found: Way | str = getattr(self, state)
        return found

    @property
    def bare(self) -> Way:
        """What is also shown narrow and without colours: the screen at its fullest."""
        return next(way for state in STATES if isinstance(way := self.way(state), Way))


def nothing() -> FakeSession:
    session = FakeSession(full=False)
    session.backend_rows = []
    return session


def listed(area: str, call: str) -> Shown:
    """A main screen that reads one list."""
    return Shown(Way(area), Way(area, session=nothing), Way(area, held=call), Way(area, broken=call))


def read(way: Way, call: str, empty: Way | str) -> Shown:
    """What is read when it opens."""
    return Shown(way, empty, replace(way, held=call), replace(way, broken=call))


def form(
    way: Way, typed: tuple[str, ...], wrong: tuple[str, ...], submit: tuple[str, ...], call: str
) -> Shown:
    """Empty as it opens; wrong while typing; loading while the work is done."""
    filled = replace(way, keys=(*way.keys, *typed))
    return Shown(
        filled, way, replace(filled, keys=(*filled.keys, *submit), held=call),
        replace(way, keys=(*way.keys, *wrong)),
    )  # fmt: skip


def asked(way: Way, typed: tuple[str, ...], wrong: tuple[str, ...]) -> Shown:
    """A form that gives its answer to the screen below, which does the work."""
    filled = replace(way, keys=(*way.keys, *typed))
    bad: Way | str = replace(way, keys=(*way.keys, *wrong)) if wrong else ANY_ANSWER
    return Shown(filled, way, BELOW, bad)


AT_ONCE = "everything it shows is there when it opens"
BELOW = "it closes at once, and the screen below it does the work"
ANY_ANSWER = "no answer to it is wrong"
IN_MEMORY = "it shows what the application itself keeps"
FIXED = "what it shows is part of the application"


def outbox(session: FakeSession) -> None:
    session.outbox = 2


def interrupted(session: FakeSession) -> None:
    began = "2026-11-24T11:48:00+00:00"
    session.unfinished_rows = [
        UnfinishedRow("1", "customer42/backup.tar", "v1", "embedded-a", "/srv/backup.tar", 3, 12, began),
        UnfinishedRow("2", "customer42/films/a.mkv", "v1", "embedded-b", "/srv/a.mkv", 1, 9, began, True),
    ]


def locked(session: FakeSession) -> None:
    session.locked = ("customer42-k1",)


def by_hand(session: FakeSession) -> None:
    session.provisioning.paste = True


def no_credentials(session: FakeSession) -> None:
    session.discovery.identity_rows = []


def no_files(session: FakeSession) -> None:
    assert isinstance(session, Files)
    session.disk.clear()


def unset(session: FakeSession) -> None:
    """Nothing has happened."""


def task(**changes: object) -> Callable[[FakeSession], None]:
    """One upload that has come this far."""

    def before(session: FakeSession) -> None:
        request = IngestRequest(
            ("/srv/report.pdf",), "customer42", ("customer42-k1",), "embedded-a",
            object_key="customer42/report.pdf",
        )  # fmt: skip
        session.jobs_service.start_ingest(request)
        session.jobs_service.advance("t1", **changes)

    return before


MIB = 1 << 20
RUNNING = task(phase=Phase.TRANSFER, bytes_done=3 * MIB, bytes_total=12 * MIB, rate=2e6, eta=4.5)
DONE = task(phase=Phase.DONE, bytes_done=12 * MIB, receipts=(receipt("customer42/report.pdf"),))
FAILED = task(
    phase=Phase.FAILED, bytes_done=3 * MIB, bytes_total=12 * MIB,
    error=TaskError(
        "The upload stopped.", "embedded-a answered 507 Insufficient Storage.",
        "Make room there, then F12 goes on with it.", "3 MiB of 12 MiB are kept at the provider",
    ),
)  # fmt: skip
LOGGED = task(
    phase=Phase.TRANSFER,
    log=tuple(
        (NOW + timedelta(seconds=second), text)
        for second, text in enumerate(("scan: 1 file, 12 MiB", "encrypt+upload", "part 1 of 2 arrived"))
    ),
)


def three_tasks(session: FakeSession) -> None:
    for number, changes in enumerate(
        (
            {"phase": Phase.DONE, "bytes_done": 12 * MIB},
            {"phase": Phase.FAILED, "bytes_done": 3 * MIB, "bytes_total": 12 * MIB},
            {
                "phase": Phase.TRANSFER,
                "bytes_done": 3 * MIB,
                "bytes_total": 12 * MIB,
                "rate": 2e6,
                "eta": 4.5,
            },
        ),
        1,
    ):
        request = IngestRequest(("/x",), "c", ("k",), "b", object_key=f"customer42/films/{number}.mkv")
        session.jobs_service.start_ingest(request)
        session.jobs_service.advance(f"t{number}", **changes)


NAMED = ("=nordic-k1", "tab", "tab", "tab", f"={PASSPHRASE}")
REGISTER = Way("metadata", ("n", "enter", "enter", "down", "enter"))
PAYLOAD = replace(REGISTER, keys=(*REGISTER.keys, *("enter",) * 4, "tab", "tab", "enter"))
OBJECT = Way("metadata", ("enter",))
RESTORE = Way("metadata", ("o",), Files)
UNLOCK = replace(RESTORE, keys=("o", "ctrl+u", "=/srv/new.pdf", "enter"), before=locked)
PLANNED = Way("upload", ("=/srv/report.pdf", "f9"), Files)
BROWSE = Way("upload", ("=/srv", "f8"), Files)

SHOWN: dict[str, Shown] = {
    # The main screens
    "HomeScreen": listed("home", "overview"),
    "DiscoveryScreen": listed("discovery", "backends"),
    "ProvisioningScreen": listed("provisioning", "tenants"),
    "UploadScreen": Shown(
        Way("upload", ("=/srv/report.pdf",), Files), Way("upload", session=nothing),
        Way("upload", session=Files, held="tenants"), Way("upload", ("=/srv/none", "f9"), Files),
    ),
    "MetadataScreen": listed("metadata", "objects"),
    "ReplicationScreen": listed("replication", "jobs"),
    "SnapshotsScreen": listed("snapshots", "snapshots"),
    # On top of any of them
    "StartScreen": Shown(
        "it leaves as soon as the session is open", "it leaves as soon as the session is open",
        Way("home", held="status"), Way("home", broken="status"),
    ),
    "TooSmallScreen": Shown(Way("metadata", size=(50, 15)), FIXED, FIXED, FIXED),
    "HelpScreen": Shown(Way("metadata", ("?",)), FIXED, FIXED, FIXED),
    "KeysScreen": Shown(
        Way("metadata", ("K",)), FIXED, FIXED, Way("metadata", ("K", "enter", "q")),
    ),
    "PressScreen": Shown(Way("metadata", ("K", "enter")), FIXED, FIXED, "the list below says so"),
    "JumpScreen": Shown(Way("metadata", ("ctrl+o",)), "there always is a field or a row", FIXED, FIXED),
    "SettingsScreen": read(Way("metadata", ("comma",)), "settings", "there always are settings"),
    "EditScreen": Shown(
        Way("metadata", ("comma", "enter")), Way("metadata", ("comma", "down", "down", "enter")), AT_ONCE,
        Way("metadata", ("comma", "enter", "ctrl+u", "=1000")),
    ),
    "PaletteScreen": Shown(
        Way("metadata", (":",)), Way("metadata", (":", "=nothing like it")),
        "the actions are there at once; what is read joins them",
        Way("metadata", (":",), broken="tenants"),
    ),
    "PickScreen": Shown(
        Way("upload", ("tab", "tab", "enter")), Way("discovery", ("b",), before=no_credentials), BELOW, BELOW,
    ),
    "ConfirmScreen": Shown(
        Way("replication", ("x",)), FIXED, FIXED, Way("metadata", ("e", "=another name")),
    ),
    "DetailScreen": read(OBJECT, "object", "there always is something to say of what is listed"),
    "ValueScreen": Shown(Way("metadata", ("enter", "v")), "an empty value is not opened", AT_ONCE, AT_ONCE),
    # Tasks
    "TasksScreen": Shown(
        Way("metadata", ("t",), before=three_tasks), Way("metadata", ("t",)), IN_MEMORY, IN_MEMORY
    ),
    "TaskScreen": Shown(
        Way("metadata", ("t", "enter"), before=DONE), "a task always has a state",
        Way("metadata", ("t", "enter"), before=RUNNING), Way("metadata", ("t", "enter"), before=FAILED),
    ),
    "LogScreen": Shown(
        Way("metadata", ("t", "l"), before=LOGGED), Way("metadata", ("t", "l"), before=RUNNING), IN_MEMORY,
        IN_MEMORY,
    ),
    # Home
    "OutboxScreen": read(Way("home", ("o",), before=outbox), "waiting", Way("home", ("o",))),
    # Discovery
    "ProbeForm": Shown(
        Way("discovery", ("p",)), "it opens with what is suggested",
        Way("discovery", ("p", "enter"), held="start_probe"),
        Way("discovery", ("p", "enter"), broken="start_probe"),
    ),
    "CompareScreen": read(
        Way("discovery", ("l", "c", "down", "tab", "enter")), "compare", "it opens with two providers or more"
    ),
    # Provisioning
    "TenantForm": form(
        Way("provisioning", ("n",)), ("=nordic", "enter", "=FI", "enter"), ("=acme", "enter", "=Finland"),
        ("enter",), "create_tenant",
    ),
    "KeyForm": form(
        Way("provisioning", ("k",)), (*NAMED, "tab", f"={PASSPHRASE}"), (*NAMED, "tab", "=correct"),
        ("enter",), "create_key",
    ),
    "ConnectForm": Shown(
        Way("provisioning", ("w", "enter", "enter", "enter", "enter")), Way("provisioning", ("w",)),
        Way("provisioning", ("w", "enter", "enter", "enter", "enter", "@do", "enter"), held="connect"),
        Way("provisioning", ("w", "enter", "enter", "enter", "enter", "@do", "enter"), broken="connect"),
    ),
    "QuotaForm": asked(Way("provisioning", ("l", "l", "u")), ("=500GiB",), ("=a lot",)),
    "PasteForm": asked(
        Way("provisioning", ("m", "enter"), before=by_hand), ("=AKPASTED", "enter", "=wJalrXUtnFEMI"), ()
    ),
    "OnboardingForm": form(
        Way("provisioning", ("o", "enter")), ("=nordic",), ("=nordic", "tab", "tab", "tab", "=SE"),
        ("@do", "enter"), "begin",
    ),
    "OnboardingScreen": read(
        Way("provisioning", ("o", "down", "enter")), "check", "there always are steps"
    ),
    # Upload
    "BrowseScreen": read(BROWSE, "browse", replace(BROWSE, before=no_files)),
    "PlanScreen": Shown(
        PLANNED, "a plan of nothing is a problem beside the field", BELOW,
        replace(PLANNED, keys=("=/srv/report.pdf", "@version", "=x", "f9")),
    ),
    "UnfinishedScreen": read(
        Way("upload", ("f12",), Files, before=interrupted), "unfinished", Way("upload", ("f12",), Files)
    ),
    "PassphraseScreen": form(UNLOCK, (f"={PASSPHRASE}",), ("=wrong", "enter"), ("enter",), "unlock_key"),
    # Metadata
    "RestoreForm": Shown(
        replace(RESTORE, keys=("o", "ctrl+u", "=/srv/new.pdf")), replace(RESTORE, keys=("o", "ctrl+u")),
        replace(RESTORE, keys=("o", "ctrl+u", "=/srv/new.pdf"), held="source"),
        replace(RESTORE, keys=("o", "ctrl+u", "=/srv/report.pdf")),
    ),
    "NarrowForm": asked(Way("metadata", ("w",)), ("=customer42/", "enter", "=FI"), ("enter", "=Finland")),
    "PolicyForm": asked(Way("metadata", ("y",)), ("=FI", "enter", "=3"), ("=Finland", "enter", "=many")),
    "BatchForm": form(
        Way("metadata", ("b",)), ("tab", "=/srv/pointers.csv"), ("tab", "=/srv/pointers.txt"), ("enter",),
        "source",
    ),
    "LocationForm": asked(
        Way("metadata", ("n", "enter", "enter", "enter")), ("=s3://bucket/key",), ("=bucket/key",)
    ),
    "RegisterForm": Shown(
        REGISTER, "it is filled from the object", replace(PAYLOAD, held="draft"),
        replace(PAYLOAD, broken="draft"),
    ),
    "PayloadScreen": Shown(
        PAYLOAD, "there always is something to send",
        replace(PAYLOAD, keys=(*PAYLOAD.keys, "enter"), held="register_payload"),
        replace(PAYLOAD, keys=(*PAYLOAD.keys, "enter"), broken="register_payload"),
    ),
    # Snapshots
    "AskScreen": asked(Way("snapshots", ("s",)), ("=2024-03",), ()),
    "TakeScreen": asked(Way("snapshots", ("n", "enter")), ("@label", "=before the move"), ()),
}  # fmt: skip
