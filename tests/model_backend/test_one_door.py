"""There is one door: eight methods, one class that forwards, and no list of types to go through."""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import model_backend
from model_backend import Backend, CachedBackend, Door, FileBackend, LocalBackend, LongWork, Wrapper
from model_backend.api.requests import request_types

ROOT = Path(model_backend.__file__).parent
FILES = sorted(ROOT.rglob("*.py")) + sorted((ROOT.parent / "dashboard").rglob("*.py"))
MOST_METHODS = 8
MOST_LINES = 3
"""Statements of a short way, its docstring apart."""


def public(cls: type) -> list[str]:
    return [name for name, one in vars(cls).items() if callable(one) and not name.startswith("_")]


def classes(tree: ast.Module) -> Iterator[ast.ClassDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef))


def methods(cls: ast.ClassDef) -> list[ast.FunctionDef]:
    return [node for node in cls.body if isinstance(node, ast.FunctionDef)]


def body(function: ast.FunctionDef) -> list[ast.stmt]:
    """The statements of a function but for its docstring."""
    return function.body[1:] if ast.get_docstring(function) else function.body


def forwards(function: ast.FunctionDef) -> bool:
    """Whether a method does nothing but call the method of its own name on something it holds."""
    statements = body(function)
    call = getattr(statements[0], "value", None) if len(statements) == 1 else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
        return False
    return call.func.attr == function.name and ast.unparse(call.func.value).startswith("self.")


def forwarding(tree: ast.Module) -> list[str]:
    """Classes of which most methods only forward."""
    found = []
    for cls in classes(tree):
        own = [one for one in methods(cls) if not one.name.startswith("_")]
        if len(own) > 2 and sum(map(forwards, own)) > len(own) / 2:
            found.append(cls.name)
    return found


def ladders(tree: ast.Module) -> list[str]:
    """Questions whether something is of a type of requests."""
    names = set(request_types())
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("isinstance", "issubclass"):
            asked = {one.id for one in ast.walk(node.args[1]) if isinstance(one, ast.Name)}
            found += [ast.unparse(node)] if asked & names else []
        found += [ast.unparse(node.subject)] if isinstance(node, ast.Match) else []
    return found


def parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def test_the_door_has_eight_methods_and_every_backend_has_these() -> None:
    assert len(public(Door)) <= MOST_METHODS
    assert set(public(Door)) == set(Door.__abstractmethods__)
    with pytest.raises(TypeError, match="abstract method"):
        type("Incomplete", (Backend,), {"models": lambda self: ()})()


def test_a_short_way_is_three_lines_and_leads_through_the_door() -> None:
    (tree,) = classes(ast.parse(inspect.getsource(Backend)))
    short = methods(tree)
    assert len(short) > 20
    for method in short:
        assert len(body(method)) <= MOST_LINES, method.name
        used = {
            node.attr
            for node in ast.walk(method)
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "self"
        }
        assert used and used <= {*public(Door), *public(Backend)}, method.name


def test_only_the_wrapper_forwards() -> None:
    assert [name for file in FILES for name in forwarding(parsed(file))] == ["Wrapper"]
    assert set(public(Wrapper)) == set(public(Door))


def test_nothing_is_guessed_by_name_or_sorted_by_type() -> None:
    guessing, sorting = set(), []
    for tree in map(parsed, FILES):
        names = {(cls.name, method.name) for cls in classes(tree) for method in methods(cls)}
        guessing |= {name for name, method in names if method == "__getattr__"}
        sorting += ladders(tree)
    # ``Measure.LENS_ENTROPY`` is looked up, and forwards nothing.
    assert guessing == {"_MeasureNames"}
    assert sorting == []


def test_the_checks_themselves_see_what_they_look_for() -> None:
    forwarder = "class F:\n" + "".join(
        f" def {name}(self, x):\n  return self._other.{name}(x)\n" for name in "abc"
    )
    assert forwarding(ast.parse(forwarder)) == ["F"]
    assert ladders(ast.parse("isinstance(request, (InspectRequest, CellRequest))"))
    assert ladders(ast.parse("match request:\n case InspectRequest(): pass"))


def test_every_request_is_answered_somewhere_and_once() -> None:
    local = LocalBackend()
    cached = CachedBackend(local, model_backend.make_store())
    tables: list[Any] = [local._at_once, local._with_models.handlers]
    own: list[Any] = [cached._own, FileBackend(cached)._own]
    answered = [kind for table in (*tables, own[1]) for kind in table._by_type]
    started = {kind for kind in request_types().values() if issubclass(kind, LongWork)}
    assert len(answered) == len(set(answered))
    assert set(answered) | started == set(request_types().values())
    assert set(own[0]._by_type) <= set(answered)


def test_the_local_backend_has_one_place_that_imports_what_needs_torch() -> None:
    tree = parsed(ROOT / "local.py")
    late = [
        node
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert [ast.unparse(node).split()[1] for node in late] == [
        "model_backend.computing",
        "model_backend.models.loading",
    ]
