"""Every command of the window in one table: menus, shortcuts, command palette and help sheet all read it.

A command that nothing is bound to is nowhere to be seen, so a menu never holds a dead entry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QAction, QActionGroup, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QMainWindow,
    QMenu,
    QMenuBar,
    QToolButton,
)

from gui.commands.menus import MENUS
from gui.process.unforeseen import trying


@dataclass(frozen=True)
class Command:
    """`menu` is a path such as `View/Colours`; checkable commands of the same submenu are a choice of one.

    `section` parts the menu by separators and heads the help sheet. `sheet` is False for commands that a KeyNote
    describes together.
    """

    id: str
    text: str
    keys: tuple[str, ...]
    menu: str
    help: str
    checkable: bool = False
    section: str = ""
    sheet: bool = True


@dataclass(frozen=True)
class KeyNote:
    """A row of the help sheet for keys and gestures that a panel handles itself; shown if all it needs is bound."""

    keys: str
    help: str
    section: str
    needs: tuple[str, ...] = ()


OPEN, KEEP, WHERE, PICTURE = "Open", "Keep", "Where pictures come from", "Picture"
WALK, DISPLAY, PANES, WINDOW = "Layers and units", "How maps are drawn", "Panes and tabs", "Window"
BACKWARD, JOBS, HELP = "Backward", "Jobs and selection", "Help"

COMMANDS: tuple[Command, ...] = (
    Command("open", "Open…", ("Ctrl+O",), "File", "Open a picture, folder, video, figure or recipe", False, OPEN),
    Command("open-network", "Open network…", ("Ctrl+Shift+O",), "File", "Open a network of your own", False, OPEN),
    Command("get-networks", "Get more networks…", (), "File", "Download several at once", False, OPEN),
    Command("save-recipe", "Save recipe…", ("Ctrl+S",), "File", "Save what you see as a recipe", False, KEEP),
    Command("export", "Export figure…", ("Ctrl+E",), "File", "Export as PNG, SVG or PDF with its recipe", False, KEEP),
    Command("export-window", "Export window…", ("Ctrl+Shift+E",), "File", "The whole window as it is", False, KEEP),
    Command("copy-picture", "Copy picture", ("Ctrl+C",), "File", "Copy the focused picture", False, KEEP),
    Command("copy-figure", "Copy figure", ("Ctrl+Shift+C",), "File", "Copy the figure with its caption", False, KEEP),
    Command("copy-python", "Copy as Python", (), "File", "What you see, for a script or a notebook", False, KEEP),
    Command("copy-command", "Copy as command", (), "File", "What you see, for a terminal", False, KEEP),
    Command("record", "Record…", ("Ctrl+R",), "File", "Record the tab as an animation or film", True, KEEP),
    Command("keep-card", "Put into the lecture", ("Ctrl+L",), "File", "What you see, as its next card", False, KEEP),
    Command("quit", "Quit", ("Ctrl+Q", "Q"), "File", "Close the window", False, WINDOW),
    Command("camera-or-files", "Camera or files", ("C",), "Source", "Switch between camera and files", False, WHERE),
    Command("source-camera", "Camera", (), "Source", "Watch the camera", False, WHERE),
    Command("source-picture", "Picture…", (), "Source", "Choose a picture file", False, WHERE),
    Command("source-folder", "Folder…", (), "Source", "Walk through the pictures of a folder", False, WHERE),
    Command("source-video", "Video…", (), "Source", "Play a video file", False, WHERE),
    Command("source-screen", "Part of the screen…", (), "Source", "Watch a region of the screen", False, WHERE),
    Command("source-sketch", "Sketch pad", (), "Source", "Draw with the mouse", False, WHERE),
    Command("source-noise", "Noise", (), "Source", "Show the network noise", False, WHERE),
    Command("source-samples", "Sample pictures", (), "Source", "Use the pictures that ship", False, WHERE),
    Command("source-dynamics", "Dynamics scenes", (), "Source", "Push rectangles about", False, WHERE),
    Command("paste", "Paste picture", ("Ctrl+V",), "Source", "Use the picture on the clipboard", False, WHERE),
    Command("next-picture", "Next picture", ("E", "PgDown"), "Source", "Go to the next picture", False, PICTURE),
    Command("previous-picture", "Previous picture", ("W", "PgUp"), "Source", "Go back one picture", False, PICTURE),
    Command("freeze", "Freeze", ("F", "Space"), "Source", "Hold this picture; films go on behind it", True, PICTURE),
    Command("mirror", "Mirror", ("X",), "Source", "Swap left and right", True, PICTURE),
    Command("fast", "Fast, approximate", (), "Source", "Moving pictures in half the precision", True, PICTURE),
    Command("fit", "Crop or stretch", ("0",), "Source", "Use the picture's centre, or all of it", False, PICTURE),
    Command("video-play", "Play or pause film", ("P",), "Source", "Stop the film, or let it go on", False, PICTURE),
    Command("noise-moving", "Moving noise", (), "Source", "Noise of one seed after another", True, PICTURE),
    Command("video-step", "One frame on", (".",), "Source", "Go one frame of the video on", False, PICTURE),
    Command("palette", "Search everything…", ("Ctrl+K",), "View", "Find layers, units, classes, …", False, WINDOW),
    Command("layer-previous", "Previous layer", ("U",), "View", "Look at the layer before", False, WALK),
    Command("layer-next", "Next layer", ("O",), "View", "Look at the layer after", False, WALK),
    Command("back", "Back", ("Alt+Left",), "View", "To the layer, unit or tab looked at before", False, WALK),
    Command("forward", "Forward", ("Alt+Right",), "View", "Again to what you came back from", False, WALK),
    Command("beside", "Side by side", ("V",), "View", "This unit, layer or picture beside another one", True, WALK),
    Command("keep-beside", "Keep for side by side", ("Shift+V",), "View", "At the left, whatever comes", False, WALK),
    Command("bookmark", "Bookmark…", ("Ctrl+D",), "View", "Mark this unit with a note, or change it", False, WALK),
    Command("unit-up", "Unit above", ("I",), "View/Move", "Choose the unit above", False, WALK, False),
    Command("unit-left", "Unit to the left", ("J",), "View/Move", "Choose the unit to the left", False, WALK, False),
    Command("unit-down", "Unit below", ("K",), "View/Move", "Choose the unit below", False, WALK, False),
    Command("unit-right", "Unit to the right", ("L",), "View/Move", "Choose the unit to the right", False, WALK, False),
    Command("unit-up-3", "Three units up", ("Shift+I",), "View/Move", "Three units up", False, WALK, False),
    Command("unit-left-3", "Three units left", ("Shift+J",), "View/Move", "Three units left", False, WALK, False),
    Command("unit-down-3", "Three units down", ("Shift+K",), "View/Move", "Three units down", False, WALK, False),
    Command("unit-right-3", "Three units right", ("Shift+L",), "View/Move", "Three units right", False, WALK, False),
    Command("zoom-unit", "Enlarge the unit", ("Z",), "View", "All there is of it on a page, or back", False, WALK),
    Command(
        "best-pictures",
        "Next sight of the unit",
        ("S",),
        "View",
        "Its map, best picture, what flows back, what was made for it",
        False,
        WALK,
    ),
    Command("colours-grey", "Grey", (), "View/Colours", "Dark is low, bright is high", True, DISPLAY),
    Command("colours-viridis", "Viridis", (), "View/Colours", "Even steps from blue to yellow", True, DISPLAY),
    Command("colours-magma", "Magma", (), "View/Colours", "Even steps from black over red to white", True, DISPLAY),
    Command(
        "colours-inferno", "Inferno", (), "View/Colours", "Even steps from black over red to yellow", True, DISPLAY
    ),
    Command("colours-diverging", "Diverging", (), "View/Colours", "Two colours that part at zero", True, DISPLAY),
    Command("colours-diverging-light", "Diverging, light", (), "View/Colours", "The same, white at 0", True, DISPLAY),
    Command("scale-unit", "Each unit its own", (), "View/Scale", "Every unit uses all of the scale", True, DISPLAY),
    Command("scale-shared", "Shared by the layer", (), "View/Scale", "Units can be compared", True, DISPLAY),
    Command("order-index", "By number", (), "View/Sort", "Units in the network's own order", True, DISPLAY),
    Command("order-activation", "By activation", (), "View/Sort", "Strongest units first", True, DISPLAY),
    Command("gamma", "Next gamma", ("T",), "View", "Brighten weak values: gamma 1, 0.7, 0.5, 0.3", False, DISPLAY),
    Command("boost", "Next boost per unit", ("Shift+T",), "View", "Brighten the weaker units", False, DISPLAY),
    Command("only-active", "Only active units", (), "View", "Leave out units that are zero everywhere", True, DISPLAY),
    Command("numbers", "Unit numbers", (), "View", "Write each unit's number into its tile", True, DISPLAY),
    Command("smooth", "Smooth pixels", (), "View", "Enlarge smoothly instead of showing cells", True, DISPLAY),
    Command("labels", "Class labels", ("8",), "View", "Show or hide the predictions", True, PANES),
    Command("unit-pane", "Unit pane", ("9",), "View", "Show or hide the unit pane", True, PANES),
    *(
        Command(f"group-{n}", f"Group {n}", (n,), "View/Tabs", "Its tabs in turn", False, PANES, False)
        for n in "1234567"
    ),
    Command("tab-next", "Next tab", ("Ctrl+PgDown",), "View/Tabs", "To the next tab, of all groups", False, PANES),
    Command("tab-previous", "Previous tab", ("Ctrl+PgUp",), "View/Tabs", "To the tab before", False, PANES),
    Command("full-screen", "Full screen", ("F11",), "View", "Use the whole screen", True, WINDOW),
    Command("lecture", "Show the lecture", ("F5",), "View", "On the whole screen; go on with it", False, WINDOW),
    Command("theme-dark", "Dark", (), "View/Theme", "Light on dark", True, WINDOW),
    Command("theme-light", "Light", (), "View/Theme", "Dark on light", True, WINDOW),
    Command("projector", "Projector mode", (), "View", "Larger type for a lecture hall", True, WINDOW),
    Command("reset-layout", "Reset layout", (), "View", "Put all panes back where they were at first", False, WINDOW),
    Command("backward", "Activations or backward", ("A",), "Explain", "Show what flows back", True, BACKWARD),
    Command("backward-cycle", "Next backward rule", ("B",), "Explain", "Off, gradient, …", False, BACKWARD),
    Command("backward-freeze", "Hold the unit", ("D",), "Explain", "Keep it and walk the layers", True, BACKWARD),
    Command("backward-mode", "Next backward mode", ("N",), "Explain", "The next way to go backward", False, BACKWARD),
    Command("backward-view", "Next backward view", ("M",), "Explain", "Raw, grey, norm, blurred norm", False, BACKWARD),
    Command("target-best", "Explain the best class", (), "Explain", "The class that responds most", False, JOBS),
    Command("dream-unit", "Dream this unit", (), "Explain", "What it would like to see", False, JOBS),
    Command("reset", "Stop or clear", ("Esc",), "Explain", "Stop the running job, or clear the selection", False, JOBS),
    Command("help", "Keys and mouse", ("F1", "H"), "Help", "Show all keys on one sheet", False, HELP),
    Command("tour", "Tour", (), "Help", "The main job, step by step, in this window", False, HELP),
    Command("about", "About Underhood", (), "Help", "Version, licence, libraries", False, HELP),
)

KEY_NOTES: tuple[KeyNote, ...] = (
    KeyNote("Arrows or I J K L", "Next unit (arrows: in the mosaic)", WALK, ("unit-up",)),
    KeyNote("Shift with them", "Three units on", WALK, ("unit-up-3",)),
    KeyNote("Mouse wheel", "Zoom where the cursor is", WALK),
    KeyNote("Drag", "Move the mosaic about", WALK),
    KeyNote("Double click", "Enlarge a unit", WALK, ("zoom-unit",)),
    KeyNote("Right click", "What can be done with it", WALK),
    KeyNote("1, 2 …", "Take a group of tabs; again, its next tab", PANES, ("group-1", "group-2")),
    KeyNote("Drop files", "Open whatever they are", OPEN, ("open",)),
)


def keys_in_words(command: Command) -> str:
    """Its shortcuts as this machine writes them, such as `F or Space`."""
    return " or ".join(_native(QKeySequence(key)) for key in command.keys)


class Actions(QObject):
    """One QAction for each command of the table, on the window and in its menu bar.

    `bind` gives a command its function; until then it is hidden everywhere and its keys do nothing. Only the names of
    the menus stand from the start, so that nothing moves when the first commands are bound.
    """

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._bound: dict[str, Callable[..., object]] = {}
        self._actions: dict[str, QAction] = {}
        self._menus: dict[str, QMenu] = {}
        self._choices: dict[str, QActionGroup] = {}
        for command in COMMANDS:
            self._actions[command.id] = self._made(command)
        self._fill(window.menuBar())
        window.installEventFilter(self)

    def __getitem__(self, command_id: str) -> QAction:
        return self._actions[command_id]

    def menu(self, path: str) -> QMenu:
        """A menu or submenu such as `File` or `View/Colours`, to add what is not a command (recent files)."""
        return self._menus[path]

    def bind(self, command_id: str, function: Callable[..., object]) -> None:
        """Runs `function` when the command is given; a checkable command passes whether it is on now."""
        self.bind_all({command_id: function})

    def bind_all(self, functions: Mapping[str, Callable[..., object]]) -> None:
        for command_id, function in functions.items():
            action = self._actions[command_id]
            self._bound[command_id] = function
            action.setVisible(True)
            action.setEnabled(True)
        self._show_menus()

    def missing(self) -> tuple[str, ...]:
        """The commands that nothing is bound to."""
        return tuple(command.id for command in COMMANDS if command.id not in self._bound)

    def commands(self) -> tuple[Command, ...]:
        """The commands that do something, in the order of the table."""
        return tuple(command for command in COMMANDS if command.id in self._bound)

    def notes(self) -> tuple[KeyNote, ...]:
        return tuple(note for note in KEY_NOTES if all(need in self._bound for need in note.needs))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Leaves the focused control the keys that it needs itself; text fields take theirs on their own.

        What no control below it took comes to the window, so this sees only key events that would be shortcuts.
        """
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _is_needed(event):
            event.accept()
            return True
        return False

    def _made(self, command: Command) -> QAction:
        action = QAction(command.text, self._window)
        action.setObjectName(command.id)
        action.setShortcuts([QKeySequence(key) for key in command.keys])
        keys = keys_in_words(command)
        action.setToolTip(f"{command.help} ({keys})" if keys else command.help)
        action.setStatusTip(command.help)
        action.setCheckable(command.checkable)
        action.setMenuRole(_ROLES.get(command.id, QAction.MenuRole.NoRole))
        action.setVisible(False)
        action.setEnabled(False)
        if command.checkable and "/" in command.menu:
            group = self._choices.setdefault(command.menu, QActionGroup(self))
            group.addAction(action)
        action.triggered.connect(self._run)
        self._window.addAction(action)
        return action

    def _fill(self, bar: QMenuBar) -> None:
        bar.setObjectName("menu bar")
        for name in MENUS:
            self._menus[name] = bar.findChild(QMenu, f"menu {name}") or bar.addMenu(name)
            self._menus[name].setObjectName(f"menu {name}")
            self._menus[name].setToolTipsVisible(True)
        section: dict[str, str] = {}
        for command in COMMANDS:
            top = command.menu.partition("/")[0]
            if section.setdefault(top, command.section) != command.section:
                self._menus[top].addSeparator()
                section[top] = command.section
            self._submenu(command.menu).addAction(self._actions[command.id])
        search = bar.cornerWidget()
        if not isinstance(search, QToolButton):
            search = QToolButton(bar)
            search.setObjectName("search")
            bar.setCornerWidget(search)
        search.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        search.setText(f"Search everything   {_native(self._actions['palette'].shortcut())}")
        search.setToolTip(self._actions["palette"].toolTip())
        search.clicked.connect(self._actions["palette"].trigger)
        self._show_menus()

    def _submenu(self, path: str) -> QMenu:
        if path not in self._menus:
            top, _, name = path.partition("/")
            self._menus[path] = self._menus[top].addMenu(name)
            self._menus[path].setObjectName(f"menu {path}")
            self._menus[path].setToolTipsVisible(True)
        return self._menus[path]

    def _show_menus(self) -> None:
        for path in sorted(self._menus, key=len, reverse=True):  # submenus before the menus that hold them
            menu = self._menus[path]
            filled = any(action.isVisible() and not action.isSeparator() for action in menu.actions())
            menu.menuAction().setVisible(filled or (not self._bound and path in MENUS))
        corner = self._window.menuBar().cornerWidget()
        if corner is not None:
            corner.setVisible(not self._bound or "palette" in self._bound)

    @Slot(bool)
    def _run(self, checked: bool) -> None:
        action = self.sender()
        if not isinstance(action, QAction):
            return
        function = self._bound[action.objectName()]
        with trying(f"“{action.text().rstrip('…')}” could not be done"):
            if action.isCheckable():
                function(checked)
            else:
                function()


_ROLES = {"quit": QAction.MenuRole.QuitRole, "about": QAction.MenuRole.AboutRole}


def _native(keys: QKeySequence) -> str:
    return keys.toString(QKeySequence.SequenceFormat.NativeText)


def _is_needed(event: QKeyEvent) -> bool:
    """Whether the control with the focus cannot be used by keyboard without this key."""
    focus = QApplication.focusWidget()
    if event.key() == Qt.Key.Key_Space:
        return isinstance(focus, (QAbstractButton, QComboBox))
    if event.key() in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
        walks_tabs = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        return not walks_tabs and isinstance(focus, (QAbstractSlider, QAbstractItemView, QComboBox))
    return False
