"""The upload form: nine fields, each checked as it is filled, then plan, then the transfer."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content

from secingest_tui.models.directory import BackendView, KeyView, TenantCreated, TenantView
from secingest_tui.models.naming import stays_in
from secingest_tui.models.transfer import IngestPlan, IngestRequest, Source, UnfinishedRow
from secingest_tui.models.trouble import Trouble
from secingest_tui.screens.base import AreaScreen, bindings
from secingest_tui.screens.common.completion import PathSuggester
from secingest_tui.screens.common.passphrase import unlock_then
from secingest_tui.screens.common.pick import Choice, PickScreen
from secingest_tui.screens.common.task import TaskScreen
from secingest_tui.screens.provisioning.forms import KeyForm, TenantForm
from secingest_tui.screens.provisioning.secret import secret_screen
from secingest_tui.screens.upload.browse import BrowseScreen
from secingest_tui.screens.upload.plan import PlanScreen
from secingest_tui.screens.upload.rules import Draft, hints, problems, suggest_key
from secingest_tui.screens.upload.story import story
from secingest_tui.screens.upload.unfinished import UnfinishedScreen
from secingest_tui.text import count, join, size
from secingest_tui.widgets.field import Field
from secingest_tui.widgets.form_row import FormRow
from secingest_tui.widgets.key_bar import KeyBar
from secingest_tui.widgets.line import Line
from secingest_tui.widgets.menu import Menu
from secingest_tui.widgets.native import Button
from secingest_tui.widgets.notice import NoticeBox
from secingest_tui.widgets.pick_field import PickField
from secingest_tui.widgets.status_bar import StatusBar

NEW = "\x00new"
"""The choice that makes a new one; no name can be this."""
Known = tuple[list[TenantView], list[KeyView], list[BackendView]]


class UploadScreen(AreaScreen):
    """Keeps what was typed whatever happens; leads to a tenant and a key where there is none."""

    AREA = "upload"
    CSS_PATH = "screen.tcss"
    KEY_GROUPS: ClassVar[tuple[str, ...]] = ("upload",)
    AUTO_FOCUS: ClassVar[str | None] = "#path"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("upload"),
        Binding("down", "app.focus_next", "next field", show=False, id="move.down"),
        Binding("up", "app.focus_previous", "previous field", show=False, id="move.up"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._draft = Draft()
        self._known: Known = ([], [], [])
        self._loaded = False
        self._own_key = False
        self._touched: set[str] = set()
        self._refused: dict[str, str] = {}
        """What the plan found wrong, until something is changed."""

    def compose(self) -> ComposeResult:
        yield Menu(self.AREA)
        yield StatusBar()
        yield Line(
            join((" Upload ", "bold"), ("encrypts here · only ciphertext leaves this machine", "$muted")),
            classes="title",
        )
        yield NoticeBox(id="notice")
        with Horizontal(id="body"):
            with VerticalScroll(id="form", can_focus=False):
                yield FormRow("File or folder", self._path_field(), id="row-paths")
                yield FormRow("Tenant", PickField(placeholder="whose data", id="tenant"), id="row-tenant")
                yield FormRow(
                    "Decrypt with", PickField(placeholder="keys", id="recipients"), id="row-recipients"
                )
                yield FormRow("Store at", PickField(placeholder="backend", id="backend"), id="row-backend")
                yield FormRow(
                    "Residency", Field(placeholder="any country", id="residency"), id="row-residency"
                )
                yield FormRow("Copies", Field("1", id="replicas"), id="row-replicas")
                yield FormRow(
                    "Copy to", PickField(placeholder="no further copy", id="targets"), id="row-targets"
                )
                yield FormRow("Object key", Field(id="object-key"), id="row-object_key")
                yield FormRow("Version", Field("v1", id="version"), id="row-version")
                with Horizontal(classes="buttons"):
                    yield Button(Content("Browse"), id="browse", compact=True)
                    yield Button(Content("Check and upload"), id="go", variant="primary", compact=True)
                yield Line(id="advice")
            with Vertical(id="story"):
                yield Line(id="story-text")
        yield KeyBar()

    def _path_field(self) -> Field:
        return Field(placeholder="/path/to/file", suggester=PathSuggester(self.ours.session), id="path")

    def on_mount(self) -> None:
        self._load()

    def on_screen_resume(self) -> None:
        """Tenants and keys may have been made elsewhere."""
        if self._loaded:
            self._load()

    def _load(self) -> None:
        session = self.ours.session

        if not self._loaded:
            self.query_one("#notice", NoticeBox).say(join(("reading tenants, keys and backends …", "$muted")))

        def call() -> Known:
            return session.tenants(), session.keys(), session.backends()

        self.fetch("Reading tenants, keys and backends", call, self._arrived, self._failed, group="known")

    def _arrived(self, known: Known) -> None:
        notice = self.query_one("#notice", NoticeBox)
        if not self._loaded or notice.has_class("-trouble"):
            notice.clear()
        self._known, self._loaded = known, True
        tenants, keys, backends = known
        # One of a kind needs no choosing.
        own = self.ours.status.tenant if self.ours.status is not None else None
        if not self._draft.tenant and (own or len(tenants) == 1):
            self._set_tenant(own or tenants[0].id)
        receiving = [key.key_id for key in keys if key.receives]
        if not self._draft.recipients and len(receiving) == 1:
            self._draft = replace(self._draft, recipients=(receiving[0],))
        if not self._draft.backend and backends:
            usable = [backend.id for backend in backends if backend.has_credentials] or [backends[0].id]
            self._draft = replace(self._draft, backend=usable[0])
        self._show()
        unfinished = self.ours.session.unfinished
        self.fetch("Reading the journals", unfinished, self._interrupted, self._failed, group="unfinished")

    def _interrupted(self, rows: list[UnfinishedRow]) -> None:
        if interrupted := sum(not row.running for row in rows):
            said = count(interrupted, "upload") + " interrupted: "
            self.query_one("#notice", NoticeBox).say(
                join(("▲ ", "$warning"), said, ("F12", "bold"), " goes on with them.")
            )

    def _failed(self, trouble: Trouble) -> None:
        self.query_one("#notice", NoticeBox).trouble(trouble, "everything you typed")

    def _set_tenant(self, tenant_id: str) -> None:
        tenant = next((known for known in self._known[0] if known.id == tenant_id), None)
        self._draft = replace(self._draft, tenant=tenant_id)
        if tenant is not None:
            if "residency" not in self._touched:
                self._draft = replace(self._draft, residency=stays_in(tenant.residency) or "")
            if "replicas" not in self._touched:
                self._draft = replace(self._draft, replicas=str(tenant.replicas))
        self._suggest()

    def _suggest(self) -> None:
        if not self._own_key:
            draft = self._draft
            self._draft = replace(draft, object_key=suggest_key(draft.tenant, draft.path, draft.is_folder))

    def _show(self) -> None:
        """Put the draft into the fields and say beside each whether it is fine."""
        draft, (tenants, keys, backends) = self._draft, self._known
        for field_id, values in (
            ("tenant", (draft.tenant,) if draft.tenant else ()),
            ("recipients", draft.recipients),
            ("backend", (draft.backend,) if draft.backend else ()),
            ("targets", draft.targets),
        ):
            self.query_one("#" + field_id, PickField).values = values
        for field_id, text in (
            ("residency", draft.residency),
            ("replicas", draft.replicas),
            ("object-key", draft.object_key),
        ):
            field = self.query_one("#" + field_id, Field)
            if field.value != text:
                with field.prevent(Field.Changed):
                    field.value = text
        wrong, fine = {**self._refused, **problems(draft, backends)}, hints(draft, backends)
        fine["paths"] = self._source_hint()
        for name, good in fine.items():
            row = self.query_one("#row-" + name, FormRow)
            if name not in wrong:
                row.good(good)
            elif self._loaded and (name in self._touched or name in self._refused or self._filled(name)):
                row.wrong(wrong[name])
            else:
                row.hint(wrong[name])
        if self._loaded and not tenants:
            self.query_one("#row-tenant", FormRow).hint("none yet: Enter makes one")
        if self._loaded and not any(key.receives for key in keys):
            self.query_one("#row-recipients", FormRow).hint("none yet: Enter makes one")
        self.query_one("#story-text", Line).show(story(draft, wrong, backends))
        self._advise()
        self.refresh_bindings()

    def on_descendant_focus(self) -> None:
        """Say in full what is beside the field, which may be cut there."""
        self._advise()

    def _advise(self) -> None:
        row = self.focused.parent if self.focused is not None else None
        self.query_one("#advice", Line).show(row.said if isinstance(row, FormRow) else Content(""))

    def _filled(self, name: str) -> bool:
        return name in {"residency", "replicas", "version", "targets", "backend"} or (
            name == "paths" and bool(self._draft.path)
        ) or (name == "object_key" and bool(self._draft.path and self._draft.tenant))  # fmt: skip

    def _source_hint(self) -> str:
        source = self._draft.source
        if source is None:
            return "looking …"
        return "folder" if source.is_folder else "file, " + size(source.size)

    @on(Field.Changed, "#path")
    def handle_path(self, event: Field.Changed) -> None:
        """Look at what the path is, without waiting for it."""
        path = event.value
        self._refused.clear()
        self._draft = replace(self._draft, path=path, source=None)
        self._suggest()
        self._show()
        if not path:
            return
        session = self.ours.session

        def arrived(source: Source) -> None:
            if self._draft.path == path:
                self._draft = replace(self._draft, source=source)
                self._suggest()
                self._show()

        self.fetch("Looking at the path", lambda: session.source(path), arrived, self._failed, group="source")

    @on(Field.Changed, "#residency, #replicas, #object-key, #version")
    def handle_field(self, event: Field.Changed) -> None:
        """Check while typing."""
        text = event.value
        self._refused.clear()
        if event.input.id == "residency":
            self._draft = replace(self._draft, residency=text)
        elif event.input.id == "replicas":
            self._draft = replace(self._draft, replicas=text)
        elif event.input.id == "version":
            self._draft = replace(self._draft, version=text)
        else:
            self._own_key = bool(text)
            self._draft = replace(self._draft, object_key=text)
        self._touched.add("object_key" if event.input.id == "object-key" else event.input.id or "")
        self._show()

    @on(Field.Submitted)
    def handle_enter(self) -> None:
        """Enter goes to the next field."""
        self.focus_next("Field, PickField, Button")

    @on(PickField.Opened)
    def handle_pick(self, event: PickField.Opened) -> None:
        """Offer what is known; what is not there yet can be made here."""
        field = event.field
        tenants, keys, backends = self._known
        if field.id == "tenant":
            made = [Choice(NEW, "+ new tenant …", "register one now")]
            choices = made + [
                Choice(tenant.id, tenant.id, stays_in(tenant.residency) or "any country")
                for tenant in tenants
            ]
            title = "Whose data is it?"
        elif field.id == "recipients":
            made = [Choice(NEW, "+ new key …", "make a pair now")]
            choices = made + [Choice(key.key_id, key.key_id, key.kind) for key in keys if key.receives]
            title = "Which keys may decrypt it?"
        else:
            title = "Where is it stored?" if field.id == "backend" else "Where do further copies go?"
            choices = [
                Choice(known.id, known.id, (known.country or "unknown country") + "  " + known.provider)
                for known in backends
                if field.id == "backend" or known.id != self._draft.backend
            ]
        if len(choices) == 1 and choices[0].value == NEW:
            self._picked(field, (NEW,))
            return
        many = field.id in {"recipients", "targets"}
        empty = "There is no backend yet. Add one with: secingest backends add"
        screen = PickScreen(title, choices, chosen=field.values, many=many, empty=empty)
        self.app.push_screen(screen, lambda values: self._picked(field, values))

    def _picked(self, field: PickField, values: tuple[str, ...] | None) -> None:
        if values is None:
            return
        self._refused.clear()
        if NEW in values:
            if field.id == "tenant":
                self.app.push_screen(TenantForm(), self._tenant_made)
            else:
                suggestion = self._draft.tenant + "-k1" if self._draft.tenant else ""
                self.app.push_screen(KeyForm(suggestion), self._key_made)
            return
        if field.id == "tenant":
            self._set_tenant(values[0])
        elif field.id == "recipients":
            self._draft = replace(self._draft, recipients=values)
        elif field.id == "backend":
            self._draft = replace(self._draft, backend=values[0])
        else:
            self._draft = replace(self._draft, targets=values)
        self._touched.add(field.id or "")
        self._show()
        field.focus()
        self.focus_next("Field, PickField, Button")

    def _tenant_made(self, made: TenantCreated | None) -> None:
        if made is not None:
            self._known = ([*self._known[0], made.view], *self._known[1:])
            self._set_tenant(made.view.id)
            self._show()
            self.app.push_screen(secret_screen(made))

    def _key_made(self, made: KeyView | None) -> None:
        if made is not None:
            self._known = (self._known[0], [*self._known[1], made], self._known[2])
            self._draft = replace(self._draft, recipients=(*self._draft.recipients, made.key_id))
            self._show()

    @on(Button.Pressed)
    def handle_button(self, event: Button.Pressed) -> None:
        """The buttons do what the keys do."""
        self.action_act("upload.browse" if event.button.id == "browse" else "upload.plan")

    def do_browse(self) -> None:
        """Choose from a list; what is typed already decides where it begins."""
        path = self._draft.path
        source = self._draft.source
        start = path if source is not None and source.is_folder else path.rpartition("/")[0]

        def chosen(taken: str | None) -> None:
            if taken is not None:
                field = self.query_one("#path", Field)
                field.value = taken
                field.cursor_position = len(taken)
                field.focus()
                self.focus_next("Field, PickField, Button")

        self.app.push_screen(BrowseScreen(start), chosen)

    def do_unfinished(self) -> None:
        """What was interrupted."""
        self.app.push_screen(UnfinishedScreen())

    def do_clear(self) -> None:
        """An empty form; tenant, keys and backend stay, they are rarely others."""
        draft = self._draft
        self._own_key = False
        self._touched.clear()
        self._draft = Draft(tenant=draft.tenant, recipients=draft.recipients, backend=draft.backend)
        self.query_one("#path", Field).value = ""
        self.query_one("#version", Field).value = "v1"
        self._set_tenant(draft.tenant)
        self._show()
        self.query_one("#path", Field).focus()

    def do_plan(self) -> None:
        """Check everything; go to the first field that is wrong, or show what would happen."""
        wrong = problems(self._draft, self._known[2])
        if wrong:
            self._touched |= set(wrong)
            self._show()
            first = next(iter(wrong))
            self.query_one("#row-" + first, FormRow).query("Field, PickField").first().focus()
            return
        request, session = self._draft.request(), self.ours.session
        notice = self.query_one("#notice", NoticeBox)
        notice.say(join(("checking …", "$muted")))

        def planned(plan: IngestPlan) -> None:
            notice.clear()
            self.app.push_screen(PlanScreen(request, plan), lambda go: self._start(request, plan, go))

        self.fetch(
            "Checking the upload", lambda: session.plan_ingest(request), planned, self._failed, group="plan"
        )

    def _start(self, request: IngestRequest, plan: IngestPlan, go: bool | None) -> None:
        for problem in plan.problems:
            name = "object_key" if problem.field == "prefix" else problem.field
            self._refused[name] = problem.message
            for row in self.query("#row-" + name).results(FormRow) if name else ():
                row.query("Field, PickField").first().focus()
        self._show()
        if go:
            unlock_then(self, plan.locked_keys, lambda: self._transfer(request))

    def _transfer(self, request: IngestRequest) -> None:
        jobs = self.ours.session.jobs_service

        def started(task_id: str) -> None:
            self.app.push_screen(TaskScreen(task_id))

        self.fetch(
            "Starting the upload", lambda: jobs.start_ingest(request), started, self._failed, group="start"
        )

    def on_resize(self, event: events.Resize) -> None:
        """What will happen is told beside the form where there is room; else the message shrinks."""
        self.set_class(event.size.width >= 144, "-story")
        self.set_class(event.size.width < 73, "-tight")
