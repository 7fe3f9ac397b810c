"""A person signs in, looks at a map and signs out again."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from werkzeug.security import generate_password_hash

from tests.browser.exploring import wait_for_map
from tests.browser.serving import serving


@pytest.fixture(scope="module")
def closed_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    passwords = tmp_path_factory.mktemp("access") / "passwords"
    Path(passwords).write_text(f"alice:{generate_password_hash('open sesame')}\n")
    with serving("--password-file", str(passwords), "--url-prefix", "scope") as address:
        yield f"{address}/scope/"


def sign_in(page: Page, password: str) -> None:
    page.get_by_label("Name").fill("alice")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_a_person_signs_in_looks_and_signs_out(
    page: Page, closed_server: str, console: list[str]
) -> None:
    page.goto(closed_server)
    sign_in(page, "wrong password")
    expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    console.clear()  # Chromium notes the refusal
    sign_in(page, "open sesame")
    wait_for_map(page, "Peru")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    page.goto(closed_server)
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
