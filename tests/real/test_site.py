"""A published atlas in a real browser: Chromium without a screen, from the disk."""

import shutil
import subprocess
from pathlib import Path

import pytest

from analysis.publishing.site import publish_atlas
from analysis.sweeps.atlas import Atlas
from tests.analysis.sweeps.swept import folder_of_bars, opened, sweep

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")

# What a person does, and what is seen then, as an attribute of the page.
SEARCHES = """
const field = document.getElementById("search");
field.value = "conv1 7"; field.dispatchEvent(new Event("input"));
setTimeout(function () {
  const links = document.querySelectorAll("#found a");
  document.body.dataset.seen = links.length + " " + links[0].getAttribute("href");
}, 500);
"""
HOVERS = """
const canvas = document.getElementById("map");
setTimeout(function () {
  const box = canvas.getBoundingClientRect();
  for (let x = 0; x < box.width; x += 6) for (let y = 0; y < box.height; y += 6) {
    if (document.getElementById("about-point").textContent) break;
    canvas.dispatchEvent(new PointerEvent("pointermove", { clientX: box.left + x, clientY: box.top + y }));
  }
  document.body.dataset.seen = canvas.dataset.drawn + " " + document.getElementById("about-point").textContent;
}, 300);
"""
FILTERS = """
const field = document.getElementById("filter");
field.value = "11"; field.dispatchEvent(new Event("input"));
const items = Array.from(document.querySelectorAll("#grid li"));
document.body.dataset.seen = String(items.filter(function (one) { return !one.hidden; }).length);
"""
SWITCHES = """
const before = String(MAP.x);
document.getElementById("other").click();
document.body.dataset.seen = document.getElementById("other").textContent + " " + (String(MAP.x) !== before);
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("site")
    data = folder_of_bars(place / "data", 12)
    (data / "class-0" / "0000.png").rename(data / "class-0" / "<script>throw 1<.png")
    sweep(opened(), data, place / "atlas")
    for _ in publish_atlas(Atlas(place / "atlas"), place / "site"):
        pass
    return place / "site"


def looked_at(page: Path, does: str, wide: int = 1200) -> tuple[str, str]:
    """What is in the page after that, and what its console said."""
    driven = page.with_name(f"driven-{page.name}")
    driven.write_text(page.read_text().replace("</body>", f"<script>{does}</script></body>"))
    command = [
        *(str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr"),
        *(f"--window-size={wide},800", "--virtual-time-budget=6000", "--dump-dom", driven.as_uri()),
    ]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=100, check=True)
    driven.unlink()
    return ended.stdout, "\n".join(line for line in ended.stderr.splitlines() if "CONSOLE" in line)


@pytest.mark.parametrize(
    ("name", "does", "seen"),
    [
        ("index.html", SEARCHES, 'data-seen="3 units/0/7.html"'),
        ("layers/0.html", FILTERS, 'data-seen="1"'),
        ("maps/0.html", HOVERS, 'data-seen="12 '),
        ("maps/0.html", SWITCHES, 'data-seen="By components (PCA) true"'),
    ],
)
@pytest.mark.parametrize("wide", [1200, 380])
def test_that_search_filter_and_maps_work_without_an_error(
    site: Path, name: str, does: str, seen: str, wide: int
) -> None:
    page, console = looked_at(site / name, does, wide)
    assert console == ""
    assert seen in page


def test_that_a_unit_page_shows_names_as_text(site: Path) -> None:
    page, console = looked_at(
        site / "units" / "0" / "0.html", "document.body.dataset.seen = document.querySelectorAll('script').length;"
    )
    assert console == ""
    assert 'data-seen="2"' in page  # the site's own, and this one
