"""A population is swept in the window, asked by a line, and looked at unit by unit; the atlas of a room grows."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtWidgets import QInputDialog, QMenu

from gui.forms.sweep_form import SweepChoice
from gui.tabs.room import ATLAS, PICTURES
from gui.tabs.statistics import EXAMPLES, VIEWS, StatisticsPanel
from tests.analysis.sweeps.swept import folder_of_bars
from tests.journeys.test_main_job import House, house

__all__ = ["house"]


def statistics(house: House) -> StatisticsPanel:
    late = house.session.tabs["statistics"]
    house.window.tabs.setCurrentWidget(late)
    assert isinstance(late.panel, StatisticsPanel)
    return late.panel


def test_that_a_folder_is_swept_stopped_gone_on_with_and_asked(house: House, tmp_path: Path) -> None:
    panel = statistics(house)
    assert panel.empty.isVisible()
    data = folder_of_bars(tmp_path / "bars", 40)
    panel.sweep.run(SweepChoice(str(data), str(tmp_path / "atlas"), ()))
    assert panel.sweep.running
    panel.sweep.stop()
    house.until(lambda: not panel.sweep.running)
    assert "what is done is kept" in panel.sweep.told.text()
    panel.sweep.again_button.click()
    house.until(lambda: house.session.atlas.atlas is not None)
    house.until(lambda: not panel.sweep.running)
    assert "402 of 402 units" in panel.count.text()
    assert "40 pictures" in panel.name.text()

    panel.set_query("layer='relu3' and not dead order by ap_lift desc")
    assert 0 < panel.table_model.rowCount() <= 200
    lifts = [float(panel.table_model.data(panel.table_model.index(row, 4))) for row in range(3)]
    assert lifts == sorted(lifts, reverse=True)
    panel.set_query("layer='nowhere'")
    assert "There is no layer" in panel.count.text()
    panel.set_query("fav='class-1' and layer='conv1'")
    panel.select_first()
    state = house.session.state
    assert (state.layer, state.unit) == ("conv1", int(panel.table_model.data(panel.table_model.index(0, 1))))
    assert panel.side.isHidden()  # the Unit dock says it all

    dock = house.window.unit
    house.until(lambda: dock.in_atlas is not None and dock.in_atlas.identity is not None)
    assert dock.in_atlas is not None
    view = dock.in_atlas.view
    rows = (view.best, view.back["deconvolution"], view.back["guided"])
    house.until(lambda: all(sum(button.isVisible() for button in row.buttons) == 9 for row in rows))
    assert "class-1: AP" in view.classes.text()
    house.until(lambda: view.histogram.mark is not None)
    near = view.near_ids[0]
    view.near[0].click()
    assert house.session.atlas.atlas is not None
    assert state.unit == house.session.atlas.atlas.where(near)[1]

    for name in VIEWS:
        panel.view.setCurrentIndex(VIEWS.index(name))
        assert not panel.grab().isNull()
    panel.view.setCurrentIndex(VIEWS.index("Units alike"))
    panel.set_query("layer='conv1'")
    house.until(lambda: panel.alike._values is not None and len(panel.alike._values) == 32)
    np.testing.assert_allclose(np.diag(panel.alike._values), 1, atol=1e-5)


def test_that_a_query_is_saved_recalled_and_forgotten(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.analysis.sweeps.swept import opened, sweep

    sweep(opened(), folder_of_bars(tmp_path / "bars", 12), tmp_path / "atlas")
    panel = statistics(house)
    house.session.atlas.open(str(tmp_path / "atlas"))
    house.until(lambda: house.session.atlas.atlas is not None)
    panel.set_query("layer='conv1' limit 7")
    monkeypatch.setattr(QInputDialog, "getText", lambda *_rest: ("bars & more", True))
    panel.save_query()
    panel.set_query("")

    menu = panel.saved.menu()
    menu.aboutToShow.emit()
    menu.actions()[0].trigger()
    assert panel.line.text() == "layer='conv1' limit 7"
    assert panel.table_model.rowCount() == 7
    forget = next(action.menu() for action in menu.actions() if action.text() == "Forget")
    assert isinstance(forget, QMenu)
    assert [action.text() for action in forget.actions()] == ["bars && more"]
    forget.actions()[0].trigger()
    assert house.session.atlas.atlas is not None
    assert house.session.atlas.atlas.queries() == {}
    menu.aboutToShow.emit()
    assert [action.text() for action in menu.actions()] == list(EXAMPLES)


def test_that_the_atlas_of_a_room_grows_frame_by_frame(house: House, tmp_path: Path) -> None:
    panel = statistics(house)
    room = panel.sweep.room
    room.folder = str(tmp_path)
    room.set_label("desk")
    room.add()
    room.add()  # the same frame again
    assert (room.kept, room.alike) == (1, 1)
    house.until(lambda: house.session.atlas.atlas is not None and not panel.sweep.running)
    atlas = house.session.atlas.atlas
    assert atlas is not None
    assert (atlas.pictures, atlas.classes) == (1, ("desk",))
    other = tmp_path / "other.png"
    Image.fromarray(np.random.default_rng(1).integers(0, 255, (28, 28, 3)).astype(np.uint8)).save(other)
    house.drop(other)
    house.until(lambda: house.session.loop.seen is not None and house.session.loop.seen.origin == str(other))
    room.set_label("shelf")
    room.add()
    house.until(lambda: house.session.atlas.atlas is not None and house.session.atlas.atlas.pictures == 2)
    assert house.session.atlas.atlas is not None
    assert house.session.atlas.atlas.classes == ("desk", "shelf")
    assert len(list((tmp_path / PICTURES).rglob("*.png"))) == 2
    assert (tmp_path / ATLAS / "atlas.json").exists()
    room.set_label("../up")
    assert room.label == "shelf"


def test_that_a_sweep_is_looked_at_while_it_goes_on(house: House, tmp_path: Path) -> None:
    from analysis.sweeps.sweep import Sweep
    from tests.analysis.sweeps.swept import arrays_in, opened, spec_for, sweep

    data = folder_of_bars(tmp_path / "bars", 40)
    sweep(opened(), data, tmp_path / "alone")
    Sweep(tmp_path / "atlas", spec_for(opened())).close()  # of shards of eight pictures
    panel = statistics(house)
    told: list[str] = []
    house.session.atlas.changed.connect(lambda: told.append(panel.name.text()))
    panel.sweep.run(SweepChoice(str(data), str(tmp_path / "atlas"), ()))
    house.until(lambda: any("40 pictures" in one for one in told) and not panel.sweep.running)
    assert any("of 40 pictures so far" in one for one in told)
    assert arrays_in(tmp_path / "atlas") == arrays_in(tmp_path / "alone")


def test_that_an_atlas_of_other_weights_says_so(house: House, tmp_path: Path) -> None:
    from tests.analysis.sweeps.swept import opened, sweep

    sweep(opened(weights="random"), folder_of_bars(tmp_path / "bars", 12), tmp_path / "atlas")
    panel = statistics(house)
    house.session.atlas.open(str(tmp_path / "atlas"))
    house.until(lambda: "other weights" in panel.notice.sentence)
    panel.select_first()
    assert panel.side.isVisible()
    assert panel.unit.best.isVisible()
    assert house.window.unit.in_atlas is not None
    assert house.window.unit.in_atlas.identity is None
    house.session.atlas.open(str(tmp_path))
    house.until(lambda: "There is no atlas" in panel.notice.sentence)
