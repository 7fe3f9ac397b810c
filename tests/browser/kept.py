"""One page for all tests of a file, brought back to its first map before each of them."""

from dataclasses import dataclass

from playwright.sync_api import Browser, Page

from tests.browser.exploring import WAIT, wait_for_map

SIZE = {"width": 1440, "height": 1000}

RESTORE = """home => {
  document.activeElement?.blur();
  for (const menu of document.querySelectorAll("main details[open]")) menu.open = false;
  document.documentElement.style.zoom = document.body.style.zoom = "";
  history.replaceState(history.state, "", "#");
  location.hash = home;
  scrollTo(0, 0);
}"""
"""A link's state is brought back when the address becomes another one."""

IS_RESTORED = """([home, request]) => {
  const map = layerscope.maps.explore, card = document.getElementById("explore-card");
  return location.hash === home && JSON.stringify(map.meta?.request) === request
    && !map.open && !map.pins.length && map.ranges.xaxis.range[1] > map.columns - 0.51
    && map.ranges.yaxis.range[1] > map.rows - 0.51 && !card.classList.contains("is-busy");
}"""


@dataclass
class KeptPage:
    """A page that stays open, and the link of its first map."""

    page: Page
    home: str
    request: str

    def restore(self) -> Page:
        """The page with its first map, as nobody has touched it yet."""
        page = self.page
        page.unroute_all()
        page.emulate_media(color_scheme="light")
        page.set_viewport_size({"width": SIZE["width"], "height": SIZE["height"]})
        page.mouse.move(2, 2)
        page.keyboard.press("Escape")
        page.evaluate(RESTORE, self.home)
        page.wait_for_function(IS_RESTORED, arg=[self.home, self.request], timeout=WAIT)
        wait_for_map(page, "Peru")
        return page


def open_kept(browser: Browser, address: str) -> KeptPage:
    """Open the page and wait until its address holds the state of its first map."""
    context = browser.new_context(viewport={"width": SIZE["width"], "height": SIZE["height"]})
    page = context.new_page()
    page.goto(address)
    wait_for_map(page, "Peru")
    page.wait_for_url("**/#explore/*", timeout=WAIT)
    request = page.evaluate("JSON.stringify(layerscope.maps.explore.meta.request)")
    return KeptPage(page, page.evaluate("location.hash"), request)
