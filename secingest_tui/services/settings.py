"""The configuration's settings, drawn from the models that validate it; written with its comments kept."""

from __future__ import annotations

import ast
import re
import tomllib
import typing
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin

import tomli_w
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from secingest_tui import config as definitions
from secingest_tui.actions import keymap_problems
from secingest_tui.config import Config, TenantConfig, load_config, parse
from secingest_tui.errors import UsageError
from secingest_tui.files import write_atomic
from secingest_tui.models.settings import Kind, Saved, SettingView
from secingest_tui.paths import Home

BY_HAND = frozenset({"tenants", "providers", "screens.keymap"})
"""Tables of any number of entries. Those of a tenant are settings each, the others have their own place."""
_TENANT = re.compile(r"tenants\.([^.]+)\.")
_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]+")


def settings(home: Home) -> list[SettingView]:
    """Every setting with its value, in the order of the file's definition. Raises UsageError."""
    read = load_config(home).model_dump(mode="json")
    own = _document(home)
    docs = _docstrings()
    rows = [
        SettingView(
            name, kind, _typed(_at(read, name)), _typed(default), _at(own, name) is not None,
            docs.get(owner, {}).get(name.rpartition(".")[2], ""), choices,
        )
        for name, owner, kind, default, choices in _all_fields(own)
    ]  # fmt: skip
    return rows + [_corrected(name, entry) for name, entry in sorted(own.get("providers", {}).items())]


def _corrected(provider: str, entry: dict[str, Any]) -> SettingView:
    """What the file says of a provider, which is a table with tables of its own."""
    said = ", ".join(f"{key}: {_typed(value)}" for key, value in entry.items() if not isinstance(value, dict))
    tables = [key for key, value in entry.items() if isinstance(value, dict)]
    return SettingView(
        f"providers.{provider}", Kind.TEXT, "; ".join([*([said] if said else []), *tables]), "", True,
        "A provider of one's own, or corrections to the catalogue.",
        elsewhere=f"in the file, under [providers.{provider}]: docs/providers.md",
    )  # fmt: skip


def _all_fields(own: dict[str, Any]) -> typing.Iterator[tuple[str, str, Kind, Any, tuple[str, ...]]]:
    """Those of the definition, and for each tenant that the file names those of a tenant."""
    yield from _fields(Config, "")
    for tenant in sorted(own.get("tenants", {})):
        yield from _fields(TenantConfig, f"tenants.{tenant}.")


def check_setting(home: Home, name: str, typed: str) -> None:
    """Raise UsageError saying what is wrong with a value, or with the whole that it would make."""
    _validated(home, name, typed)


def save_setting(home: Home, name: str, typed: str) -> Saved:
    """Write one setting; empty takes it out of the file. Nothing is written where anything would be wrong.

    Only its own line is changed, so that comments and order stay. Raises UsageError.
    """
    wanted = _validated(home, name, typed)
    path = home.config_file
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    text = _edited(before, name, _at(wanted, name))
    lost = False
    if text is None or not _means(text, wanted):
        text, lost = tomli_w.dumps(wanted), "#" in before
        write_atomic(path.with_suffix(".toml.before"), before.encode())
    write_atomic(path, text.encode())
    return Saved(str(path), lost)


def _means(text: str, wanted: dict[str, Any]) -> bool:
    try:
        return tomllib.loads(text) == wanted
    except tomllib.TOMLDecodeError:
        return False


def _validated(home: Home, name: str, typed: str) -> dict[str, Any]:
    known = {field[0]: field for field in _fields(Config, "")}
    if tenant := _TENANT.match(name):  # also of one that the file does not name yet
        known |= {field[0]: field for field in _fields(TenantConfig, tenant.group())}
    if name in known:
        value = _value(known[name][2], typed, name)
    elif name.startswith("screens.keymap."):
        value = typed.strip() or None
    else:
        raise UsageError(
            f"There is no setting {name!r}"
            + (": it is changed in the file itself." if name.partition(".")[0] in BY_HAND else "."),
            hint="See: secingest config list", field="NAME",
        )  # fmt: skip
    wanted = _document(home)
    *parents, last = _parts(name)
    table = wanted
    for parent in parents:
        table = table.setdefault(parent, {})
    table.pop(last, None)
    if value is not None:
        table[last] = value
    parse(Config, wanted, str(home.config_file))
    if problems := keymap_problems(wanted.get("screens", {}).get("keymap", {})):
        raise UsageError("\n".join(problems), hint="Choose another key.", field=name)
    return wanted


def _parts(name: str) -> list[str]:
    if name.startswith("screens.keymap."):
        return ["screens", "keymap", name.removeprefix("screens.keymap.")]
    return name.split(".")


def _fields(
    model: type[BaseModel], prefix: str
) -> typing.Iterator[tuple[str, str, Kind, Any, tuple[str, ...]]]:
    """(name, model's name, kind, default, choices) of every setting."""
    for key, field in model.model_fields.items():
        name, kind = prefix + key, field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _fields(kind, name + ".")
        elif name not in BY_HAND and get_origin(kind) is not dict:
            default = None if field.default is PydanticUndefined else field.default
            found, choices = _kind(kind)
            yield name, model.__name__, found, default, choices


def _kind(annotation: Any) -> tuple[Kind, tuple[str, ...]]:
    options = [one for one in get_args(annotation) if one is not NoneType]
    if get_origin(annotation) in {UnionType, typing.Union} and len(options) == 1:
        return _kind(options[0])
    if get_origin(annotation) is Literal:
        return Kind.CHOICE, tuple(map(str, options))
    if get_origin(annotation) is tuple:
        return Kind.LIST, ()
    kinds: dict[Any, Kind] = {bool: Kind.YES_NO, int: Kind.NUMBER}
    return kinds.get(annotation, Kind.TEXT), ()


def _value(kind: Kind, typed: str, name: str) -> Any:
    typed = typed.strip()
    if not typed:
        return None
    if kind is Kind.YES_NO:
        if typed.lower() not in {"yes", "no", "true", "false"}:
            raise UsageError(f"{name}: say yes or no.", field=name)
        return typed.lower() in {"yes", "true"}
    if kind is Kind.NUMBER:
        try:
            return int(typed.replace(",", "").replace("_", ""))
        except ValueError:
            raise UsageError(f"{name}: {typed!r} is no whole number.", field=name) from None
    if kind is Kind.LIST:
        return [item.strip() for item in typed.split(",") if item.strip()]
    return typed


def _typed(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return str(value)


def _document(home: Home) -> dict[str, Any]:
    return tomllib.loads(home.config_file.read_text(encoding="utf-8")) if home.config_file.exists() else {}


def _at(document: dict[str, Any], name: str) -> Any:
    found: Any = document
    for part in _parts(name):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def _edited(text: str, name: str, value: Any) -> str | None:
    """``text`` with one line changed, added or taken out; ``None`` where it is not that simple.

    What comes out is compared with what was wanted before it is written, so this may be naive about TOML.
    """
    *parents, last = _parts(name)
    key = last if _PLAIN_KEY.fullmatch(last) else tomli_w.dumps({last: 0}).partition(" = ")[0]
    line = tomli_w.dumps({last: value}).strip() if value is not None else None
    if line is not None and "\n" in line:
        line = f"{key} = [{', '.join(tomli_w.dumps({'x': item}).strip()[4:] for item in value)}]"
    lines = text.splitlines()
    start = _section(lines, parents)
    if start is None:
        if line is None:
            return None
        head = ["", f"[{'.'.join(parents)}]"] if lines else [f"[{'.'.join(parents)}]"]
        return "\n".join([*lines, *head, line]) + "\n"
    end = next((at for at in range(start, len(lines)) if lines[at].lstrip().startswith("[")), len(lines))
    for at in range(start, end):
        found = re.match(rf"\s*{re.escape(key)}\s*=\s*(.*)$", lines[at])
        if found:
            comment = re.search(r"\s+#[^\"']*$", found.group(1))
            lines[at : at + 1] = [line + (comment.group() if comment else "")] if line is not None else []
            return "\n".join(lines) + "\n"
    if line is None:
        return None
    while end > start and not lines[end - 1].strip():
        end -= 1
    return "\n".join([*lines[:end], line, *lines[end:]]) + "\n"


def _section(lines: list[str], parents: list[str]) -> int | None:
    """The index of the first line of a table."""
    if not parents:
        return 0
    head = re.compile(rf"\s*\[\s*{re.escape('.'.join(parents))}\s*\]\s*(#.*)?$")
    return next((at + 1 for at, line in enumerate(lines) if head.match(line)), None)


def _docstrings() -> dict[str, dict[str, str]]:
    """The texts below the fields of the configuration's models, by class and field."""
    tree = ast.parse(Path(str(definitions.__file__)).read_text(encoding="utf-8"))
    found: dict[str, dict[str, str]] = {}
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            texts = found.setdefault(node.name, {})
            for field, text in zip(node.body, node.body[1:], strict=False):
                if (
                    isinstance(field, ast.AnnAssign)
                    and isinstance(field.target, ast.Name)
                    and isinstance(text, ast.Expr)
                    and isinstance(text.value, ast.Constant)
                ):
                    texts[field.target.id] = " ".join(str(text.value.value).replace("``", "").split())
    return found
