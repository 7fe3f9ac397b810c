"""The lock pins every package that an installation takes."""

import re

import pytest

from tests.locking import (
    HEADER,
    LOCK,
    direct_pins,
    direct_requirements,
    environments,
    needed,
)


@pytest.fixture(scope="module")
def locked() -> dict[str, str]:
    lines = LOCK.read_text(encoding="utf-8").removeprefix(HEADER).splitlines()
    assert lines and all(re.fullmatch(r"[a-z0-9-]+==[\w.]+", line) for line in lines)
    return dict(line.split("==") for line in lines)


def test_every_direct_requirement_is_pinned_as_in_the_lock(locked: dict[str, str]) -> None:
    assert all(str(one.specifier).startswith("==") for one in direct_requirements())
    pins = direct_pins()
    assert "torch" in pins and "pytest" in pins
    assert {name: locked.get(name) for name in pins} == pins


def test_everything_that_is_needed_on_this_machine_is_in_the_lock(locked: dict[str, str]) -> None:
    installed = needed()
    assert len(installed) > len(direct_pins())
    assert {name: locked.get(name) for name in installed} == installed


def test_what_other_systems_and_pythons_need_is_in_the_lock(locked: dict[str, str]) -> None:
    names = {name for environment in environments() for name in needed(environment)}
    assert "async-timeout" in names  # on Python 3.11.2 and before
    assert names <= set(locked)
