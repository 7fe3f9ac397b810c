"""A study leaves one dashboard as a zip file and is brought into another."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from model_backend.probing.storage.study_files import write_study
from tests.browser.serving import serving
from tests.browser.test_probe import WAIT, open_gallery, wait_for_auc_map
from tests.model_backend.fake_study_service import make_study
from tests.model_backend.probing.storage.test_zip_exchange import rows_of

HERE, THERE = "made-here", "made-there"


def put(folder: Path, name: str) -> None:
    study = make_study(name)
    write_study(folder / name, study, rows_of(study))


@pytest.fixture(scope="module")
def exported(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The zip file that a dashboard gave away by the link in its page."""
    folder = tmp_path_factory.mktemp("there")
    put(folder, THERE)
    page = browser.new_page()
    with serving("--studies", str(folder)) as address:
        page.goto(f"{address}/#probe/study/{THERE}/resid_post")
        page.locator("#study-headline summary").click(timeout=WAIT)
        with page.expect_download(timeout=WAIT) as download:
            page.get_by_role("link", name="zip", exact=True).click()
        download.value.save_as(folder / "study.zip")
    page.close()
    yield folder / "study.zip"


@pytest.fixture()
def folder(tmp_path: Path) -> Path:
    """Studies folder of another dashboard, with one study."""
    put(tmp_path, HERE)
    return tmp_path


@pytest.fixture()
def probe(page: Page, folder: Path) -> Iterator[Page]:
    with serving("--studies", str(folder)) as address:
        page.goto(f"{address}/#probe/study/{HERE}/resid_post")
        wait_for_auc_map(page, f"study/{HERE}/resid_post")
        open_gallery(page)
        yield page


def bring(page: Page, file: Path) -> None:
    with page.expect_file_chooser(timeout=WAIT) as chooser:
        page.get_by_role("button", name="Import study").click()
    chooser.value.set_files(file)


def link_to(page: Page, name: str) -> Locator:
    return page.locator(f"#study-shelf a[href='#probe/study/{name}/resid_post']")


def test_a_study_of_another_dashboard_is_brought_in_listed_and_shown(
    probe: Page, exported: Path, folder: Path, console: list[str]
) -> None:
    expect(link_to(probe, HERE)).to_be_visible()
    expect(link_to(probe, THERE)).to_have_count(0)
    bring(probe, exported)
    link_to(probe, THERE).click(timeout=WAIT)
    wait_for_auc_map(probe, f"study/{THERE}/resid_post")
    expect(probe.locator("#study-headline")).to_contain_text("imported", timeout=WAIT)
    expect(probe.locator("#study-examples .ag-row")).to_have_count(10)
    open_gallery(probe)
    expect(link_to(probe, HERE)).to_be_visible()
    assert (folder / THERE / "checksums.json").exists()


def test_a_broken_file_gets_a_sentence_and_the_studies_that_are_here_stay(
    probe: Page, exported: Path, folder: Path, tmp_path: Path
) -> None:
    content = exported.read_bytes()
    half, altered = tmp_path / "half.zip", tmp_path / "altered.zip"
    half.write_bytes(content[: len(content) // 2])
    altered.write_bytes(content.replace(b"Where is city 7?", b"Where is city 8?"))
    for file, said in (
        (half, "This is not a zip file of a study"),
        (altered, "not a zip file of a study, or it was cut short: Bad CRC-32 for file 'examples."),
    ):
        bring(probe, file)
        expect(probe.locator("#page-error")).to_contain_text(said, timeout=WAIT)
        expect(link_to(probe, HERE)).to_be_visible()
        expect(probe.locator("#study-headline")).not_to_contain_text("imported")
    probe.reload()
    wait_for_auc_map(probe, f"study/{HERE}/resid_post")
    open_gallery(probe)
    expect(link_to(probe, HERE)).to_be_visible(timeout=WAIT)
    expect(link_to(probe, THERE)).to_have_count(0)
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]
