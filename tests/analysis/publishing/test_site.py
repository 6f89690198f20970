"""A published atlas: every link leads somewhere on the site, and what is hostile is text."""

import io
import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from analysis.files import album
from analysis.files.npz import npz_bytes
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import ModelChoice, PictureChoice, Recipe
from analysis.publishing import words
from analysis.publishing.site import principal, publish_atlas
from analysis.publishing.words import data, shortened
from analysis.sweeps.atlas import Atlas
from tests.analysis.sweeps.swept import folder_of_bars, opened, sweep

EVIL = "<script>alert(1)<&'"


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.scripts: list[str] = []
        self.inline = 0
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.found += [str(given[name]) for name in ("href", "src") if given.get(name)]
        if tag == "script":
            self.scripts.append(str(given.get("src")))
            self.inline += "src" not in given
        assert not any(name.startswith("on") for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    place = tmp_path_factory.mktemp("site")
    folder = folder_of_bars(place / "data", 12)
    evil = folder / EVIL
    evil.mkdir()
    for number in range(4):
        levels = np.random.default_rng(number).integers(0, 255, (28, 28)).astype(np.uint8)
        Image.fromarray(levels).save(evil / f"{number}<img src=x onerror=alert(2)>.png")
    sweep(opened(), folder, place / "atlas")
    atlas = Atlas(place / "atlas")
    atlas.add_note(atlas.id_of("conv1", 0), "<b onclick=alert(3)>bold</b>")
    atlas.keep_synthesis(atlas.id_of("conv1", 0), atlas.crop(atlas.id_of("conv1", 1), 0))
    for _ in publish_atlas(atlas, place / "site", "Bars & <i>more</i>"):
        pass
    return place / "atlas", place / "site"


def pages(site: Path) -> dict[Path, Links]:
    found = {}
    for page in site.rglob("*.html"):
        found[page] = Links()
        found[page].feed(page.read_text(encoding="utf-8"))
    return found


def test_that_every_link_is_relative_and_leads_somewhere(made: tuple[Path, Path]) -> None:
    site = made[1]
    every = pages(site)
    assert len(every) > 402
    for page, links in every.items():
        for link in links.found:
            if link == "data:,":
                continue
            assert not re.match(r"[a-z]+:|/", link), link
            assert (page.parent / link).resolve().is_file(), (page, link)
            assert site.resolve() in (page.parent / link).resolve().parents


def test_that_every_unit_has_a_page_that_can_be_reached(made: tuple[Path, Path]) -> None:
    site = made[1]
    every = {page.resolve(): links for page, links in pages(site).items()}
    reached, todo = set(), [site / "index.html"]
    while todo:
        page = todo.pop().resolve()
        if page in reached:
            continue
        reached.add(page)
        todo += [page.parent / link for link in every[page].found if link.endswith(".html")]
    assert reached == set(every)


def test_that_hostile_names_are_text(made: tuple[Path, Path]) -> None:
    site = made[1]
    for links in pages(site).values():
        assert links.inline == 0
        assert all(script.endswith(".js") for script in links.scripts)
    told = "".join(pages(site)[site / "units" / "0" / "0.html"].text)
    assert "<b onclick=alert(3)>bold</b>" in told
    assert any(EVIL in "".join(links.text) for links in pages(site).values())
    for script in (*site.glob("*.js"), *site.glob("maps/*.js")):
        if script.name != "site.js":
            assert "<" not in script.read_text()
    assert "Bars & <i>more</i>" in "".join(pages(site)[site / "index.html"].text)


def test_that_pages_are_small_and_ask_nobody(made: tuple[Path, Path]) -> None:
    site = made[1]
    shared = sum((site / name).stat().st_size for name in ("site.css", "site.js"))
    for page in site.rglob("*.html"):
        own = page.stat().st_size + (page.with_suffix(".js").stat().st_size if page.parent.name == "maps" else 0)
        assert own + shared < 200_000
    for name in ("site.css", "site.js"):
        assert not re.search(r"https?://|@import|fetch\(|XMLHttpRequest|eval\(", (site / name).read_text())


def test_that_a_map_has_a_second_one_by_neighbours_and_a_switch(made: tuple[Path, Path]) -> None:
    maps = made[1] / "maps"
    scripts = sorted(maps.glob("*.js"))
    assert scripts
    for script in scripts:
        told = json.loads(script.read_text().removeprefix("window.MAP=").rstrip(";\n"))
        page = script.with_suffix(".html").read_text(encoding="utf-8")
        assert ('id="other"' in page) == bool(told["other"])
        for axis in told["other"]:
            assert len(axis) == len(told["x"])
            assert min(axis) >= 0
            assert max(axis) <= 1000
    assert any('"other": [[' in script.read_text() or '"other":[[' in script.read_text() for script in scripts)


def test_that_a_site_is_written_again_but_nothing_else_is_written_over(made: tuple[Path, Path], tmp_path: Path) -> None:
    atlas, site = made
    shutil.copytree(site, tmp_path / "site")
    before = (tmp_path / "site" / "index.html").read_bytes()
    for _ in publish_atlas(Atlas(atlas), tmp_path / "site", "Bars & <i>more</i>"):
        pass
    assert (tmp_path / "site" / "index.html").read_bytes() == before
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "index.html").write_text("mine")
    with pytest.raises(Problem, match="choose an empty folder"):
        next(publish_atlas(Atlas(atlas), tmp_path / "mine"))
    assert (tmp_path / "mine" / "index.html").read_text() == "mine"


def test_that_a_map_is_the_principal_plane() -> None:
    from sklearn.decomposition import PCA

    values = np.random.default_rng(0).normal(size=(60, 9)) * np.arange(1, 10)
    places, shares = principal(values)
    known = PCA(2).fit(values)
    np.testing.assert_allclose(shares, known.explained_variance_ratio_, rtol=1e-9)
    theirs = known.transform(values)
    for axis in range(2):
        assert abs(np.corrcoef(places[:, axis], theirs[:, axis])[0, 1]) > 0.9999
    assert places.min() >= 0
    assert places.max() <= 1000


def test_that_data_cannot_end_its_script() -> None:
    assert "</" not in data(["</script>", "\u2028"])
    assert "\u2028" not in data("\u2028")


def test_that_what_was_made_for_a_unit_stands_on_its_page_without_how_it_was_made(
    made: tuple[Path, Path], tmp_path: Path
) -> None:
    atlas = Atlas(made[0])
    choice = ModelChoice("lenet", weights_hash=atlas.about["weights_hash"])
    recipe = Recipe(choice, PictureChoice("/home/somebody/private.png"), layer="conv2", unit=5, method="ascent")
    levels = np.random.default_rng(0).integers(0, 255, (28, 28, 3)).astype(np.uint8)
    stream = io.BytesIO()
    Image.fromarray(levels).save(stream, "PNG")
    album.keep(recipe, stream.getvalue(), "conv2", 5)
    assert atlas.synthesis(atlas.id_of("conv2", 5))
    assert not atlas.synthesis(atlas.id_of("conv2", 6))
    for _ in publish_atlas(atlas, tmp_path / "site"):
        pass
    place = atlas.place("conv2")
    page = (tmp_path / "site" / "units" / str(place) / "5.html").read_text()
    name = re.search(r'<h2>Synthesis</h2><img src="([^"]+)"', page)
    assert name is not None
    content = (tmp_path / "site" / "units" / str(place) / name[1]).read_bytes()
    assert (np.asarray(Image.open(io.BytesIO(content))) == levels).all()
    assert b"private" not in content
    assert "<h2>Synthesis</h2>" not in (tmp_path / "site" / "units" / str(place) / "6.html").read_text()


def test_that_maps_which_were_folded_before_stand_on_the_site(made: tuple[Path, Path], tmp_path: Path) -> None:
    atlas = Atlas(made[0])
    origins = [atlas.path(entry.name) for entry in atlas.entries(range(5)).values()]
    numbers = {
        "result": np.stack([np.random.default_rng(layer).normal(size=(5, 2)) for layer in range(2)]),
        "layers": np.array(["conv2", "input"]),
        "labels": np.array([0, 0, 1, -1, 1]),
        "classes": np.array(["<b>dark</b>", "light"]),
        "pictures": np.array(origins),
        "trust": np.full((2, 5), 0.75),
        "continuity": np.full((2, 5), 0.5),
        "accuracy": np.array([0.875, -1]),
    }
    (tmp_path / "maps.npz").write_bytes(npz_bytes(Recipe(ModelChoice("lenet"), method="tsne"), numbers))
    for _ in publish_atlas(atlas, tmp_path / "site", maps=[tmp_path / "maps.npz"]):
        pass
    site = tmp_path / "site"
    for page, links in pages(site).items():
        assert all((page.parent / link).resolve().is_file() for link in links.found if link != "data:,")
    index = pages(site)[site / "index.html"]
    assert {"maps/folded-0.html", "maps/folded-1.html"} <= set(index.found)
    told = "".join(pages(site)[site / "maps" / "folded-0.html"].text)
    assert "k-NN 87.5%; trustworthiness 0.750; continuity 0.500" in told
    script = (site / "maps" / "folded-0.js").read_text()
    drawn = json.loads(script.removeprefix("window.MAP=").removesuffix(";\n"))
    assert drawn["classes"] == ["<b>dark</b>", "light"]
    assert drawn["group"] == [0, 0, 1, -1, 1]
    assert max(drawn["x"] + drawn["y"]) <= 1000
    assert all((site / picture).is_file() for picture in drawn["picture"])
    (tmp_path / "other.npz").write_bytes(npz_bytes(Recipe(ModelChoice("lenet")), {"result": np.zeros(3)}))
    with pytest.raises(Problem, match="holds no maps"):
        next(publish_atlas(atlas, tmp_path / "no", maps=[tmp_path / "other.npz"]))
    assert not (tmp_path / "no").exists()


def test_that_long_names_are_shortened() -> None:
    assert shortened("short.png") == "short.png"
    for name in ("a" * 300 + ".png", "\u72ac" * 100):
        assert len(json.dumps(shortened(name))) <= 64
    assert shortened("a" * 300 + ".png").endswith(".png")


def test_that_no_number_is_below_nothing() -> None:
    assert (words.number(-0.0), words.number(-0.25)) == ("0", "-0.25")
