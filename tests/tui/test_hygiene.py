"""Rules of the house that a reader cannot check by eye, checked on the syntax tree."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import secingest_tui

PACKAGE = Path(secingest_tui.__file__).parent
UI = sorted(
    [*PACKAGE.glob("screens/**/*.py"), *PACKAGE.glob("widgets/**/*.py")]
    + [PACKAGE / name for name in ("app.py", "actions.py", "themes.py", "clipboard.py", "tui.py", "text.py")]
)
# The wrappers that take Content only; everything else goes through them, and mypy checks their types.
WRAPPERS = {
    "widgets/line.py",
    "widgets/notice.py",
    "widgets/table.py",
    "widgets/field.py",
    "screens/common/pick.py",
}
RAW_SINKS = {
    "Static", "Label", "DataTable", "OptionList", "Tree", "DirectoryTree", "Select", "SelectionList",
    "RichLog", "Log", "Markdown", "TextArea", "Collapsible", "TabbedContent", "TabPane", "Option",
}  # fmt: skip
MARKUP_ATTRIBUTES = {"border_title", "border_subtitle", "tooltip", "loading", "from_markup"}


def name(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), name(path))


@pytest.mark.parametrize("path", UI, ids=name)
def test_raw_sinks_are_used_by_the_wrappers_only(path: Path) -> None:
    if name(path) in WRAPPERS:
        return
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("textual.widgets"):
            assert not RAW_SINKS & {alias.name for alias in node.names}, ast.unparse(node)
        if isinstance(node, ast.Attribute):
            assert node.attr not in MARKUP_ATTRIBUTES, ast.unparse(node)


@pytest.mark.parametrize("path", UI, ids=name)
def test_buttons_get_content(path: Path) -> None:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Button":
            label = node.args[0]
            assert not isinstance(label, ast.Constant | ast.JoinedStr | ast.BinOp), ast.unparse(node)


@pytest.mark.parametrize("path", UI, ids=name)
def test_content_is_made_by_the_one_door_or_of_constants(path: Path) -> None:
    """``Content(...)`` itself does not read markup, but it does pass control characters on."""
    if name(path) == "text.py":
        return
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith(("Content", "Text")):
            first = node.args[0] if node.args else None
            where = (name(path), ast.unparse(node))
            if isinstance(node.func, ast.Name):
                assert first is None or isinstance(first, ast.Constant) or where == _FIELD_VALUE, where
            else:
                assert isinstance(node.func, ast.Attribute), where
                assert isinstance(node.func.value, ast.Call), where  # Content("").join(...)


# Drawn one character for one by ``same_length``, as a field with a cursor needs it.
_FIELD_VALUE = ("widgets/field.py", "Text(shown, no_wrap=True, overflow='ignore', end='')")


@pytest.mark.parametrize("path", UI, ids=name)
def test_screens_only_show(path: Path) -> None:
    forbidden = {
        "requests",
        "boto3",
        "botocore",
        "httpx",
        "socket",
        "urllib",
        "subprocess",
        "shutil",
        "sqlite3",
    }
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            assert not forbidden & {alias.name.partition(".")[0] for alias in node.names}, ast.unparse(node)
        if isinstance(node, ast.ImportFrom):
            assert (node.module or "").partition(".")[0] not in forbidden, ast.unparse(node)
            assert not (node.module or "").startswith(("secingest_tui.services", "secingest_tui.storage")), (
                name(path)
            )
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in {"open", "print", "input"}, ast.unparse(node)


@pytest.mark.parametrize("path", UI, ids=name)
def test_files_stay_small(path: Path) -> None:
    limit = 300 if name(path) == "app.py" else 500
    assert len(path.read_text().splitlines()) <= limit


def test_every_sheet_is_used_and_says_something() -> None:
    used = "".join(path.read_text() for path in UI)
    for sheet in (PACKAGE / "screens").rglob("*.tcss"):
        assert sheet.read_text().strip(), sheet
        assert f'"{sheet.name}"' in used, sheet


@pytest.mark.parametrize(
    "module",
    ["secingest_tui.models.transfer", "secingest_tui.models.trouble", "secingest_tui.models.options",
     "secingest_tui.actions", "secingest_tui.text", "secingest_tui.tui", "secingest_tui.screens.ports",
     "secingest_tui.screens.upload.rules", "secingest_tui.services"],
)  # fmt: skip
def test_what_works_imports_no_textual(module: str) -> None:
    code = f"import sys, {module}; sys.exit(any(name.partition('.')[0] == 'textual' for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_service_imports_no_textual() -> None:
    modules = [
        "secingest_tui." + name(path)[:-3].replace("/", ".").removesuffix(".__init__")
        for folder in ("services", "models")
        for path in sorted((PACKAGE / folder).rglob("*.py"))
    ]
    code = "import sys, importlib\n" + f"for name in {modules!r}: importlib.import_module(name)\n"
    code += "sys.exit(any(name.partition('.')[0] == 'textual' for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_first_screen_waits_for_nothing_that_it_does_not_need() -> None:
    """Each of these and what it pulls in costs tens of milliseconds; the first use imports it."""
    later = {
        "secingest_tui.services.ingest.run", "secingest_tui.services.restore.run",
        "secingest_tui.services.erasure.run", "secingest_tui.services.drill.run",
        "secingest_tui.services.upload.object", "secingest_tui.services.registering.pointer",
        "secingest_tui.services.discovery", "secingest_tui.services.providers.probe.run",
        "secingest_tui.services.onboarding.checklist", "secingest_tui.services.provisioning.tenants",
        "secingest_tui.services.replication.worker", "secingest_tui.models.discovery",
        "secingest_tui.storage.s3", "secingest_tui.services.keyring", "secingest_tui.crypto.recipients",
    }  # fmt: skip
    code = (
        "import sys, secingest_tui.app, secingest_tui.screens.home.screen, secingest_tui.services.session,"
        f" secingest_tui.services.overview; sys.exit(str(sorted({later!r} & set(sys.modules)) or ''))"
    )
    found = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert found.stderr.strip() == ""


def test_the_environment_is_scrubbed() -> None:
    from secingest_tui.tui import WEB_DRIVER, scrub

    dangerous = {
        "TEXTUAL": "debug", "TEXTUAL_DRIVER": "evil:Driver", "TEXTUAL_PRESS": "q", "TEXTUAL_SCREENSHOT": "1",
        "TEXTUAL_SCREENSHOT_LOCATION": "/", "TEXTUAL_LOG": "/x", "TEXTUAL_DEVTOOLS_HOST": "evil",
    }  # fmt: skip
    environ = {**dangerous, "TEXTUAL_FPS": "10", "PATH": "/bin"}
    scrub(environ)
    assert environ == {"TEXTUAL_FPS": "10", "PATH": "/bin"}
    for driver, kept in ((WEB_DRIVER, True), ("evil:Driver", False)):
        environ = {"TEXTUAL_DRIVER": driver}
        scrub(environ, web=True)
        assert bool(environ) is kept
