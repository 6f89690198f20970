"""What every command does: the functions behind the command table, bound to one session."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QDir, QObject, QPoint, QRect, Qt, Signal, Slot
from PySide6.QtGui import QAction, QClipboard, QGuiApplication
from PySide6.QtWidgets import QApplication, QMenu, QMessageBox

from analysis.quick.runtime.fast_extra import refused
from analysis.results.looks import MapsLook
from gui import theme
from gui.docks.picture_buttons import PictureButtons
from gui.forms.file_dialogs import ask_file, ask_folder, ask_what_to_open
from gui.views.beside_what import beside_widget
from gui.views.colour_names import COLOURS
from gui.views.layer_words import path_in_words
from gui.views.menu_heading import add_heading
from gui.views.network_words import choice_in_words
from gui.window.bookmarks import Bookmark, Bookmarks, found_bookmarks, looked_at, open_bookmark
from gui.window.copying import Copying
from gui.window.downloads import Downloads
from gui.window.exporting import Exporting
from gui.window.lecturing import Lecturing
from gui.window.live_recording import LiveRecording
from gui.window.visited import Visited

if TYPE_CHECKING:
    from gui.commands.help_overlay import HelpOverlay
    from gui.commands.palette import Palette, PaletteEntry
    from gui.window.session import Session
    from gui.window.tour import Tour

PICTURES = "Pictures (*.png *.jpg *.jpeg *.webp *.gif *.bmp *.tif *.tiff *.npy *.npz *.pt)"
NO_UNIT_TO_DREAM = "There is no unit to dream of yet: click one in the Activations tab, then ask again."
FAST = "window/fast"  # in the settings
COPIED_STAYS = 5000  # milliseconds
VIDEOS = "Videos (*.mp4 *.mov *.mkv *.webm *.avi *.m4v)"


class Bindings(QObject):
    """Lives with the session; keeps the checked state of commands true to what they show."""

    touring = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._window = session.window
        self._actions = session.window.actions_
        self._theme, self._projector = theme.remembered(session.settings)
        self.exporting = Exporting(session)
        self.copying = Copying(session)
        self.recording = LiveRecording(session, self)
        self.downloads = Downloads(session)
        self.lecturing = Lecturing(session)
        self._palette: Palette | None = None
        self._to_bookmark: Bookmark | None = None
        self._sheet: HelpOverlay | None = None
        self.visited = Visited(session.state, session.window.tabs, self)
        self.bookmarks = Bookmarks(session.settings, self)
        self._tour: Tour | None = None
        self._bind()
        self._picture_buttons = PictureButtons(self._actions)
        self._window.picture.use_buttons(self._picture_buttons)
        self._window.activations.unit_menu_wanted.connect(self.unit_menu)
        self._window.unit.menu_wanted.connect(self.unit_menu_of_dock)
        self._window.unit.enlarge_wanted.connect(self._actions["zoom-unit"].trigger)
        self._window.activations.page.picture_wanted.connect(self._window.unit.picture_wanted)
        self._window.activations.page.use(session)
        self._window.unit.use(session)
        self._window.unit.origin_wanted.connect(self._session.feed_origin)
        for shown in (self._window.unit, self._window.activations.page, self._window.network):
            shown.copied.connect(self._tell_copied)
        self._window.network.more_wanted.connect(self.downloads.ask)
        session.tabs.export_wanted.connect(self.exporting.export_shown)
        session.tabs.draw_wanted.connect(self.exporting.draw)
        session.tabs.fetch_wanted.connect(self.downloads.fetch)
        session.tabs.lecture_wanted.connect(self.lecturing.begin)
        self.lecturing.fetch_wanted.connect(self.downloads.fetch)
        session.backward.changed.connect(self._tick_backward)
        session.state.looks_changed.connect(self._tick_looks)
        session.fed.connect(self._tick_feed)
        self.visited.changed.connect(self._tick_visited)
        session.kept.changed.connect(self._tick_beside)
        self._tick_beside()
        self._tick_visited()
        self._tick_looks()
        self._tick_theme()
        if session.settings.value(FAST, False, type=bool):  # where it cannot be any more, the first answer says so
            self._actions["fast"].setChecked(True)
            session.loop.be_fast(True)

    def _bind(self) -> None:
        window, state = self._window, self._session.state
        mosaic = window.activations.mosaic
        functions: dict[str, Callable[..., object]] = {
            "open": self.open,
            "open-network": window.network.open_dialog,
            "get-networks": self.downloads.ask,
            "quit": window.close,
            "keep-card": self._session.tabs.keep_seen,
            "lecture": self.lecturing.go_on,
            "export": self.export,
            "export-window": self.exporting.export_window,
            "copy-figure": self.copy_figure,
            "copy-python": self.copying.as_python,
            "copy-command": self.copying.as_command,
            "save-recipe": self.exporting.save_recipe,
            "record": self.recording.record,
            "palette": self.search,
            "help": self.show_help,
            "tour": self.take_tour,
            "video-play": self.play_or_pause,
            "noise-moving": self.move_noise,
            "video-step": partial(self.step, 1),
            "camera-or-files": self.camera_or_files,
            "source-camera": partial(self.use_source, "camera"),
            "source-picture": self.open,
            "source-folder": self.open_folder,
            "source-video": self.open_video,
            "source-screen": self.choose_part_of_screen,
            "source-sketch": partial(self.use_source, "sketch"),
            "source-noise": partial(self.use_source, "noise"),
            "source-samples": partial(self.use_source, "samples"),
            "source-dynamics": partial(self.use_source, "scenes"),
            "paste": self._session.paste,
            "copy-picture": self.copy_picture,
            "next-picture": partial(self.step, 1),
            "previous-picture": partial(self.step, -1),
            "freeze": self.freeze,
            "mirror": self.mirror,
            "fit": self.change_fit,
            "layer-previous": partial(state.step_layer, -1),
            "layer-next": partial(state.step_layer, 1),
            "back": self.visited.back,
            "forward": self.visited.forward,
            "beside": self.side_by_side,
            "keep-beside": self.keep_beside,
            "bookmark": self.bookmark,
            "zoom-unit": self.enlarge_unit,
            "best-pictures": window.unit.walk.next,
            "gamma": window.activations.next_gamma,
            "boost": window.activations.next_boost,
            "only-active": lambda on: state.set_look(only_active=on),
            "numbers": lambda on: state.set_look(numbers=on),
            "smooth": lambda on: state.set_look(smooth=on),
            "fast": self.use_fast,
            "labels": window.docks["Predictions"].setVisible,
            "unit-pane": window.docks["Unit"].setVisible,
            "full-screen": self.full_screen,
            "theme-dark": partial(self.use_theme, "dark"),
            "theme-light": partial(self.use_theme, "light"),
            "projector": self.use_projector,
            "reset-layout": window.reset_layout,
            "reset": self.stop_or_clear,
            "about": self.about,
            "scale-unit": lambda on: state.set_look(scale="unit"),
            "scale-shared": lambda on: state.set_look(scale="shared"),
            "order-index": lambda on: state.set_look(order="index"),
            "order-activation": lambda on: state.set_look(order="activation"),
        }
        mode = self._session.backward
        functions |= {
            "backward": mode.show_in_mosaic,
            "backward-cycle": mode.cycle,
            "backward-freeze": mode.hold,
            "backward-mode": mode.next_rule,
            "backward-view": mode.next_view,
            "target-best": self._session.tabs.explain_best,
            "dream-unit": self.dream,
            "tab-next": partial(window.tabs.walk, 1),
            "tab-previous": partial(window.tabs.walk, -1),
        }
        for name in COLOURS:
            functions[f"colours-{name}"] = partial(self._use_colours, name)
        for name, right, down in (("up", 0, -1), ("down", 0, 1), ("left", -1, 0), ("right", 1, 0)):
            functions[f"unit-{name}"] = partial(mosaic.walk, right, down)
            functions[f"unit-{name}-3"] = partial(mosaic.walk, right * 3, down * 3)
        self._actions.bind_all(functions)
        for dock, command in (("Predictions", "labels"), ("Unit", "unit-pane")):
            window.docks[dock].visibilityChanged.connect(self._actions[command].setChecked)
            self._actions[command].setChecked(not window.docks[dock].isHidden())
        self._actions["full-screen"].setChecked(window.isFullScreen())
        view = self._actions.menu("View")
        view.addSeparator()
        window.dock_menu(view.addMenu("Panes"))
        self._bookmarks_menu = QMenu("Bookmarks", window)
        self._bookmarks_menu.setObjectName("bookmarks")
        self._bookmarks_menu.setToolTipsVisible(True)
        self._bookmarks_menu.aboutToShow.connect(self._fill_bookmarks)
        view.insertMenu(view.actions()[view.actions().index(self._actions["bookmark"]) + 1], self._bookmarks_menu)
        self._recent_menu = QMenu("Open recent", window)
        self._recent_menu.setObjectName("open recent")
        file = self._actions.menu("File")
        file.insertMenu(file.actions()[file.actions().index(self._actions["open-network"]) + 1], self._recent_menu)
        self._recent_menu.aboutToShow.connect(self._fill_recent)
        self._bind_groups()

    def _bind_groups(self) -> None:
        """Number keys for the groups of tabs that there are."""
        tabs = self._window.tabs
        for number, title in enumerate(tabs.groups):
            command = f"group-{number + 1}"
            self._actions.bind(command, partial(tabs.take_group, number))
            self._actions[command].setText(title)
            self._actions[command].setToolTip(f"{', '.join(tabs.titles_of(title))}: again takes the next of them")

    # pictures and sources

    def open(self) -> None:
        everything = (
            f"All that can be opened (*);;{PICTURES};;{VIDEOS};;Figures and recipes (*.png *.svg *.pdf *.npz *.json)"
        )
        self._session.open_paths(ask_what_to_open(self._window, "Open", self._folder(), everything))

    def open_folder(self) -> None:
        self._open(ask_folder(self._window, "Open a folder of pictures", self._folder()))

    def open_video(self) -> None:
        self._open(ask_file(self._window, "Open a video", self._folder(), f"{VIDEOS};;All files (*)"))

    def _folder(self) -> str:
        from pathlib import Path

        recent = self._session.recent("recent/pictures")
        return str(Path(recent[0]).parent) if recent and recent[0] else QDir.homePath()

    def _open(self, path: str) -> None:
        if path:
            self._session.open_path(path)

    def use_source(self, name: str) -> None:
        self._window.notice.clear()
        first = self._session.first_picture
        if name == "samples" and first.startswith("sample:"):  # of all of them, one that the network knows
            self._session.feed.open_origin(first)
        else:
            self._session.feed.use_named(name)

    def choose_part_of_screen(self) -> None:
        """First which part; without an answer everything stays as it is."""
        from gui.sources.region import RegionPicker

        picker = RegionPicker(self._window.screen(), self._window)
        picker.chosen.connect(self._watch_part)
        picker.show()
        picker.activateWindow()

    @Slot(QRect)
    def _watch_part(self, region: QRect) -> None:
        self._window.notice.clear()
        self._session.feed.use_screen(self._window.screen(), region)

    def camera_or_files(self) -> None:
        """The toolbox's `c`: to the camera, or back to the last picture."""
        frame = self._session.loop.frame
        recent = self._session.recent("recent/pictures")
        if frame is None or frame.origin != "camera":
            self.use_source("camera")
        elif recent and recent[0]:
            self._session.open_path(recent[0])
        else:
            self.use_source("samples")

    def step(self, step: int) -> None:
        self._session.feed.step(step)

    def freeze(self, on: bool) -> None:
        self._session.feed.frozen = on

    def mirror(self, on: bool) -> None:
        self._session.feed.mirrored = on

    def change_fit(self) -> None:
        network = self._session.state.network
        if network is not None:
            self._session.networks.change_preprocessing(
                fit="stretch" if network.preprocessing.fit == "crop" else "crop"
            )

    def export(self) -> None:
        """The figure of what the tab in front shows."""
        if not self._session.tabs.in_front:
            self.exporting.export()
            return
        shown = self._session.tabs.shown()
        if shown is not None:
            self.exporting.export_shown(shown)

    def copy_figure(self) -> None:
        if not self._session.tabs.in_front:
            self.exporting.copy_figure()
            return
        shown = self._session.tabs.shown()
        if shown is not None:
            self.exporting.copy_shown(shown)

    def copy_picture(self) -> None:
        """The picture that has the focus or lies under the cursor: the mosaic, the unit or the picture."""
        from gui.views.image_view import ImageView
        from gui.views.mosaic_view import MosaicView

        widget = QApplication.focusWidget()
        if not isinstance(widget, (ImageView, MosaicView)):
            widget = self._window.tabs.currentWidget()
        QGuiApplication.clipboard().setPixmap(widget.grab(), QClipboard.Mode.Clipboard)
        whole = f"the {self._window.tabs.tabText(self._window.tabs.currentIndex())} tab"
        words = widget.accessibleName().partition(":")[0] or whole
        self._window.statusBar().showMessage(f"Copied: {words[0].lower()}{words[1:]}.", 5000)

    def play_or_pause(self) -> None:
        """Only videos and animations can; of other sources nothing is to be said."""
        source = self._session.feed.source
        turn = getattr(source, "pause" if getattr(source, "playing", False) else "play", None)
        if turn is not None:
            turn()

    def move_noise(self, on: bool) -> None:
        """Any other source gives way to noise that moves."""
        feed = self._session.feed
        if on and (feed.source is None or feed.source.bar != "noise"):
            self.use_source("noise")
        turn = getattr(feed.source, "set_running", None)
        if turn is not None:
            turn(on)

    @Slot()
    def _tick_backward(self) -> None:
        mode = self._session.backward
        self._actions["backward"].setChecked(mode.in_mosaic)
        self._actions["backward-freeze"].setChecked(mode.held)
        self._window.picture.look_back_as(mode.view)

    @Slot()
    def _tick_feed(self) -> None:
        feed = self._session.feed
        self._actions["freeze"].setChecked(feed.frozen)
        self._actions["mirror"].setChecked(feed.mirrored)
        film = hasattr(feed.source, "pause")
        self._actions["video-play"].setEnabled(film)
        self._actions["noise-moving"].setChecked(feed.source is not None and feed.source.goes_on_moving)
        self._window.picture.tell_standing(
            feed.frozen, feed.holding, film and not getattr(feed.source, "playing", True)
        )
        self._picture_buttons.tell_source(feed.source is not None and feed.source.device == "camera")

    # finding things

    def search(self) -> None:
        if self._palette is None:
            self._palette = self._made_palette()
        self._palette.open()

    def _made_palette(self) -> Palette:
        from gui.commands import palette_entries as entries
        from gui.commands.palette import Palette

        session = self._session
        palette = Palette(self._window)
        palette.add_provider(partial(entries.command_entries, self._actions))
        palette.add_provider(partial(entries.tab_entries, self._window.tabs))
        palette.add_provider(partial(found_methods, session))
        palette.add_provider(partial(entries.layer_entries, session.state))
        palette.add_provider(partial(entries.class_entries, session.state))
        palette.add_provider(partial(found_bookmarks, session, self.bookmarks))
        palette.add_provider(self._network_entries)
        palette.add_provider(partial(found_pictures, session))
        palette.add_provider(partial(found_gallery, session))
        palette.add_answerer(partial(entries.unit_answers, session.state))
        return palette

    def _network_entries(self) -> Iterable[PaletteEntry]:
        from gui.commands.palette_entries import network_entries

        catalogue = self._session.catalogue
        return network_entries(catalogue.entries if catalogue is not None else (), self._session.open_network)

    def show_help(self) -> None:
        if self._sheet is None:
            from gui.commands.help_overlay import HelpOverlay

            self._sheet = HelpOverlay(self._window, self._actions)
        self._sheet.toggle()

    def take_tour(self) -> None:
        if self._tour is None:
            from gui.window.tour import Tour

            self._tour = Tour(self._session)
        self.touring.emit()
        self._tour.begin()

    # looks

    def _use_colours(self, name: str, on: bool = True) -> None:
        self._session.state.set_look(colours=name)

    def full_screen(self, on: bool) -> None:
        if on:
            self._window.showFullScreen()
        else:
            self._window.showNormal()

    def use_theme(self, name: theme.Name, on: bool = True) -> None:
        self._theme = name
        self._apply_theme()

    def use_projector(self, on: bool) -> None:
        before = self._window.fontMetrics().averageCharWidth()
        self._projector = on
        self._apply_theme()
        self._window.widen_docks(self._window.fontMetrics().averageCharWidth() / max(before, 1))

    def use_fast(self, on: bool) -> None:
        """On a GPU torch does it; on the processor a library of its own, which may not be there."""
        network = self._session.state.network
        on_processor = network is None or network.device.startswith("CPU")
        if on and on_processor and (sentence := refused()):
            self._window.notice.show_notice(sentence, "hint")
            on = False
        self._actions["fast"].setChecked(on)
        self._session.settings.setValue(FAST, on)
        self._session.loop.be_fast(on)

    def _apply_theme(self) -> None:
        theme.remember(self._session.settings, self._theme, self._projector)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        theme.apply(application, self._theme, self._projector)
        self._tick_theme()

    def _tick_theme(self) -> None:
        self._actions[f"theme-{self._theme}"].setChecked(True)
        self._actions["projector"].setChecked(self._projector)

    @Slot()
    def _tick_looks(self) -> None:
        look = self._session.state.look(MapsLook)
        if look.colours in COLOURS:
            self._actions[f"colours-{look.colours}"].setChecked(True)
        self._actions[f"scale-{look.scale}"].setChecked(True)
        self._actions[f"order-{look.order}"].setChecked(True)
        self._actions["only-active"].setChecked(look.only_active)
        self._actions["numbers"].setChecked(look.numbers)
        self._actions["smooth"].setChecked(look.smooth)

    # everything else

    def stop_or_clear(self) -> None:
        """Esc: leaves a unit's page; else gives up a source waited for, a job, the notice, the place, the unit."""
        state, activations = self._session.state, self._window.activations
        if activations.two_sides and self._window.tabs.currentWidget() is activations:
            self._session.kept.close()
            return
        if activations.enlarged and self._window.tabs.currentWidget() is activations:
            activations.show_all_units()
            return
        if self._session.feed.give_up():
            return
        if self._session.jobs.cancel_newest() or self._window.notice.close_by_hand():
            return
        if state.place is not None:
            state.set_place(None)
        else:
            state.set_unit(None)

    def enlarge_unit(self) -> None:
        """In the tab where units are; from another one that tab comes with the unit enlarged."""
        activations, tabs = self._window.activations, self._window.tabs
        if tabs.currentWidget() is activations:
            activations.zoom_to_unit()
        elif self._session.state.unit is not None:
            tabs.setCurrentWidget(activations)
            activations.enlarge_unit()

    def side_by_side(self, on: bool) -> None:
        """In the tab where units are, with what was kept last."""
        if on:
            self._window.tabs.setCurrentWidget(self._window.activations)
            self._session.kept.open()
        else:
            self._session.kept.close()
        self._tick_beside()

    def keep_beside(self) -> None:
        """What is seen now, to be looked at beside what comes."""
        self._window.tabs.setCurrentWidget(self._window.activations)
        self._session.kept.keep()

    @Slot()
    def _tick_beside(self) -> None:
        self._actions["beside"].setChecked(self._session.kept.on)

    def bookmark(self) -> None:
        """Asks for a note to what is looked at; of what is marked already, for another one."""
        from gui.forms.bookmark_form import BookmarkForm

        here = looked_at(self._session)
        if here is None:
            return
        before = self.bookmarks.find(here)
        form = BookmarkForm(here.place, before.note if before is not None else None, self._window)
        form.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._to_bookmark = here
        form.kept.connect(self._keep_bookmark)
        form.removed.connect(self._remove_bookmark)
        form.open()

    @Slot(str)
    def _keep_bookmark(self, note: str) -> None:
        if self._to_bookmark is not None:
            self.bookmarks.put(replace(self._to_bookmark, note=note))
            self._window.statusBar().showMessage(f"Bookmarked {self._to_bookmark.place}.", COPIED_STAYS)

    @Slot()
    def _remove_bookmark(self) -> None:
        if self._to_bookmark is not None:
            self.bookmarks.remove(self._to_bookmark)
            self._window.statusBar().showMessage(f"{self._to_bookmark.place} is no bookmark any more.", COPIED_STAYS)

    @Slot()
    def _fill_bookmarks(self) -> None:
        menu = self._bookmarks_menu
        menu.clear()
        for one in self.bookmarks.all():
            action = menu.addAction(one.title.replace("&", "&&"), partial(open_bookmark, self._session, one))
            action.setToolTip(f"{one.place} of {choice_in_words(one.model)}")
        if menu.isEmpty():
            menu.addAction("None yet: Ctrl+D marks the unit that you look at").setEnabled(False)

    @Slot()
    def _tick_visited(self) -> None:
        self._actions["back"].setEnabled(self.visited.can_go_back)
        self._actions["forward"].setEnabled(self.visited.can_go_forward)

    @Slot(str)
    def _tell_copied(self, what: str) -> None:
        self._window.statusBar().showMessage(f"Copied {what}.", COPIED_STAYS)

    def about(self) -> None:
        from importlib.metadata import version

        libraries = ", ".join(f"{name} {version(name)}" for name in ("torch", "torchvision", "PySide6", "pyqtgraph"))
        QMessageBox.about(
            self._window,
            "About Underhood",
            f"<b>Underhood {version('underhood')}</b><p>Look under the hood of a neural network, live.</p>"
            f"<p>MIT licence. Stands on {libraries}.</p>",
        )

    @Slot()
    def _fill_recent(self) -> None:
        menu = self._recent_menu
        menu.clear()
        for path in self._session.recent("recent/pictures"):
            if path:
                menu.addAction(path, partial(self._session.open_path, path))
        networks = self._session.recent_networks()
        if networks:
            menu.addSeparator()
        for choice in networks:
            menu.addAction(f"Network {choice_in_words(choice)}", partial(self._session.open_network, choice))
        if menu.isEmpty():
            menu.addAction("Nothing yet").setEnabled(False)

    @Slot(int, QPoint)
    def unit_menu(self, unit: int, where: QPoint) -> None:
        """What can be done with a unit; every row is a command that works."""
        menu = self._made_unit_menu(unit)
        menu.exec(where)
        menu.deleteLater()

    @Slot(int, QPoint)
    def unit_menu_of_dock(self, unit: int, _where: QPoint) -> None:
        """Beside the dock, which it would cover below its button."""
        menu = self._made_unit_menu(unit)
        menu.exec(beside_widget(self._window.unit, menu.sizeHint()))
        menu.deleteLater()

    def _made_unit_menu(self, unit: int) -> QMenu:
        menu = QMenu(self._window)
        add_heading(menu, f"{path_in_words(self._session.state.layer)} · unit {unit}")
        for action in self.unit_actions(menu, unit):
            menu.addAction(action)
        return menu

    def unit_actions(self, menu: QMenu, unit: int) -> list[QAction]:
        enlarge = QAction("Enlarge", menu)
        enlarge.triggered.connect(self._actions["zoom-unit"].trigger)
        beside = QAction("Keep for side by side", menu)
        beside.setToolTip("At the left, with whatever is chosen then at the right: another unit, layer or picture")
        beside.triggered.connect(self._actions["keep-beside"].trigger)
        explain = QAction("Explain this unit", menu)
        explain.triggered.connect(partial(self._explain_unit, unit))
        export = QAction("Export figure of this unit…", menu)
        export.triggered.connect(self._export_unit)
        copy = QAction("Copy its picture", menu)
        copy.triggered.connect(self._copy_unit)
        mark = QAction("Bookmark…", menu)
        mark.triggered.connect(self._actions["bookmark"].trigger)
        anew = QAction("Begin the history of this layer anew", menu)
        anew.setToolTip("Best pictures, histograms and silence of all units are forgotten, and counted from now on")
        anew.triggered.connect(self._session.loop.forget_history)
        return [enlarge, beside, explain, *self._session.dreaming.of_unit(menu, unit), export, copy, mark, anew]

    def _explain_unit(self, unit: int) -> None:
        self._session.tabs.explain_unit(unit)

    def dream(self) -> None:
        """Of the unit that is chosen."""
        unit = self._session.state.unit
        if unit is None:
            self._window.notice.show_notice(NO_UNIT_TO_DREAM, "hint")
        else:
            self._session.dreaming.unit(unit)

    def _export_unit(self) -> None:
        self.exporting.export()

    def _copy_unit(self) -> None:
        QGuiApplication.clipboard().setPixmap(self._window.unit.map.grab())
        state = self._session.state
        self._tell_copied(f"the picture of unit {state.unit} · {path_in_words(state.layer)}")


def found_pictures(session: Session) -> Iterator[PaletteEntry]:
    """The pictures that ship, as rows of the palette."""
    from analysis.pictures.samples import samples
    from analysis.protocol.origin import origin_of_sample
    from gui.commands.palette import PaletteEntry

    for sample in samples():
        yield PaletteEntry(
            "picture", sample.title, "sample", partial(session.open_source, origin_of_sample(sample.name))
        )


def found_gallery(session: Session) -> Iterator[PaletteEntry]:
    """The gallery's recipes, as rows of the palette."""
    from analysis.files.gallery import rows
    from analysis.gallery.cards import networks_of
    from gui.commands.palette import PaletteEntry

    for row in rows():
        yield PaletteEntry(
            "gallery", row.title, ", ".join(networks_of(row.recipe)), partial(session.open_recipe, row.recipe)
        )


def found_methods(session: Session) -> Iterator[PaletteEntry]:
    """The techniques of every tab that has a menu of them, once there is a network (and torch with it)."""
    if session.state.network is None:
        return
    from analysis.methods.registry import members
    from gui.commands.palette import PaletteEntry
    from gui.tabs.table import ACTIVATIONS, TABS

    for tab in TABS:
        if tab.make is None and tab is not ACTIVATIONS:
            for technique in (one for family in tab.families for one in members(family)):
                go = partial(session.tabs.choose_method, tab, technique.name)
                detail = f"{tab.title} · {technique.summary}"
                yield PaletteEntry("method", technique.title, detail, go, names=(technique.name,))
