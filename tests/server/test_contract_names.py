"""The namespace rule, residency and names: worked examples and properties."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend_stub.contract.ids import check_object_key
from backend_stub.contract.namespace import namespace_bucket
from backend_stub.contract.residency import allowed_countries, normal_residency, residency_allows

COMPONENT = (
    st.text(min_size=1, max_size=80)
    .filter(lambda text: ":" not in text)
    .filter(lambda text: not any("\ud800" <= c <= "\udfff" for c in text))
)


def test_worked_example() -> None:
    # printf 'customer42:fi:data:ceph-eu1:0' | sha256sum
    assert namespace_bucket("customer42", "fi", "data", "ceph-eu1", "spacetime", length=8) == (
        "s3gw-2488bed9-spacetim"
    )
    assert namespace_bucket("customer42", "fi", "data", "ceph-eu1", "") == "s3gw-2488bed9b18b789b-ceph-eu1"


def test_counter_and_slug() -> None:
    digest = hashlib.sha256(b"a:b:c:d:1").hexdigest()
    assert namespace_bucket("a", "b", "c", "d", "My_Cloud--Co", counter=1) == f"s3gw-{digest[:16]}-my-cloud"
    assert namespace_bucket("a", "b", "c", "d", "_.!", counter=1) == f"s3gw-{digest[:16]}"


@given(COMPONENT, COMPONENT, COMPONENT, COMPONENT, st.text(max_size=30), st.integers(8, 32))
def test_always_a_valid_bucket_name(c: str, r: str, lb: str, b: str, slug: str, length: int) -> None:
    name = namespace_bucket(c, r, lb, b, slug, length=length)
    assert re.fullmatch(rf"s3gw-[0-9a-f]{{{length}}}(-[a-z0-9]+)*", name)
    assert 3 <= len(name) <= 63


@pytest.mark.parametrize("position", range(4))
@pytest.mark.parametrize("bad", ["", "a:b"])
def test_refused_components(position: int, bad: str) -> None:
    parts = ["a", "b", "c", "d"]
    parts[position] = bad
    with pytest.raises(ValueError, match="must not"):
        namespace_bucket(*parts, "x")


@pytest.mark.parametrize(("length", "counter"), [(7, 0), (33, 0), (16, -1)])
def test_refused_numbers(length: int, counter: int) -> None:
    with pytest.raises(ValueError, match="must"):
        namespace_bucket("a", "b", "c", "d", "x", counter=counter, length=length)


def test_residency_groups() -> None:
    assert normal_residency(" fi, DE,fi") == "DE,FI"
    eu = allowed_countries("EU")
    eea = allowed_countries("EEA")
    assert eu is not None
    assert eea is not None
    assert (len(eu), len(eea)) == (27, 30)
    assert residency_allows("EEA", "NO")
    assert not residency_allows("EU", "NO")
    assert residency_allows("EU,CH", "CH")
    assert residency_allows("ANY", None)
    assert not residency_allows("EU", None)


@pytest.mark.parametrize("bad", ["", "UK", "XX", "ANY,FI", "F", "EU;DE"])
def test_refused_residency(bad: str) -> None:
    with pytest.raises(ValueError, match=r"residency|alone"):
        normal_residency(bad)


@pytest.mark.parametrize(
    "bad", ["", "a", "a/", "/a", "a//b", "a/../b", "a/.", "a/\x00", "a/\x9b", "a/" + "é" * 512]
)
def test_refused_object_keys(bad: str) -> None:
    with pytest.raises(ValueError, match="object key"):
        check_object_key(bad)


@pytest.mark.parametrize("good", ["a/b", "a/...", "a/[@click=app.x]", "a/é 文?#%", "a/" + "x" * 1022])
def test_accepted_object_keys(good: str) -> None:
    assert check_object_key(good) == good


def test_contract_imports_only_pydantic_and_the_standard_library() -> None:
    script = (
        "import sys, pkgutil, importlib, backend_stub.contract as c\n"
        "[importlib.import_module(c.__name__ + '.' + m.name) for m in pkgutil.iter_modules(c.__path__)]\n"
        "top = {name.partition('.')[0] for name in sys.modules}\n"
        "print(sorted(top & {'fastapi', 'starlette', 'sqlalchemy', 'uvicorn', 'cryptography', 'httpx'}))"
    )
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
