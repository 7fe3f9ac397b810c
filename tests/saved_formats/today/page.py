"""A server over a folder of studies, its page, and how a browser fires one of its callbacks."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from dashboard.factory import create_app
from dashboard.web.access import Access, read_passwords
from model_backend import (
    CachedBackend,
    CatalogueEntry,
    FileBackend,
    LocalBackend,
    catalogue,
    make_store,
)

SIGN_IN = "/_layerscope/sign-in"
Output = tuple[str, str]
"""The id of a component, and its property."""


def open_backend(studies: Path, model: Path) -> LocalBackend:
    """The built-in model and the tiny one of the fixtures, over a folder of studies."""
    entries = (*catalogue(), CatalogueEntry("namer", str(model)))
    return LocalBackend(entries, device="cpu", studies=studies)


def open_page(backend: LocalBackend) -> FlaskClient:
    """The page over a backend, with its cache of results."""
    client: FlaskClient = create_app(
        FileBackend(CachedBackend(backend, make_store()))
    ).server.test_client()
    return client


def signs_in(backend: LocalBackend, passwords: Path, name: str, password: str) -> bool:
    """Try to sign in at a server with this password file; True if it lets the person in."""
    access = Access(read_passwords(passwords))
    client = create_app(FileBackend(backend), access).server.test_client()
    client.post(SIGN_IN, data={"name": name, "password": password})
    return bool(client.get("/_dash-layout").status_code == 200)


def revision_of(backend: LocalBackend, model: str) -> str | None:
    """The revision of a model, once it has been loaded."""
    return next(card.revision for card in backend.models() if card.name == model)


def fire(
    client: FlaskClient,
    outputs: Sequence[Output],
    inputs: Mapping[str, Any],
    state: Mapping[str, Any] | None = None,
    also: Sequence[Output] = (),
) -> list[Any]:
    """Fire one callback as the browser does; the values of its outputs, in their order.

    ``also`` are its further outputs, which may stay as they are.
    """
    every = [*outputs, *also]
    names = [f"{id_}.{property_}" for id_, property_ in every]
    named = [{"id": id_, "property": property_} for id_, property_ in every]
    several = len(every) > 1
    body = {
        "output": f"..{'...'.join(names)}.." if several else names[0],
        "outputs": named if several else named[0],
        "inputs": _props(inputs),
        "changedPropIds": [next(iter(inputs))],
        "state": _props(state or {}),
    }
    answer = client.post("/_dash-update-component", json=body)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    found = answer.get_json()
    assert found["response"], found  # the page's error alert says why
    return [found["response"][id_][property_] for id_, property_ in outputs]


def _props(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    parts = [(*name.rsplit(".", 1), value) for name, value in values.items()]
    return [{"id": id_, "property": property_, "value": value} for id_, property_, value in parts]
