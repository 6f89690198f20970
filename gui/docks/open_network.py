"""The dialog that opens a network of the person's own: what the file is, its weights, and how pictures are prepared."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Sequence
from functools import partial
from os.path import isfile
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QDir, Qt, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QCompleter,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from analysis.opening.makers import makers_in
from analysis.opening.own_name import own_name
from analysis.protocol.preprocessing import IMAGENET_MEAN, IMAGENET_STD, Interpolation, Preprocessing
from analysis.protocol.problems import Problem
from analysis.protocol.recipe import ModelChoice
from gui import theme
from gui.forms.file_dialogs import ask_file
from gui.lane.background import Reading, read
from gui.views.words import WrappedWords

if TYPE_CHECKING:
    from analysis.opening.said_before import Remembered

What = Literal["weights", "whole", "python"]
KINDS: dict[What, str] = {
    "weights": "Weights of a network in the list",
    "whole": "A whole network (exported, TorchScript or pickled)",
    "python": "A Python file with a function that makes it",
}
NETWORK_FILES = "Networks (*.pt2 *.pt *.pth *.safetensors *.py *.ts *.jit *.torchscript *.ckpt *.bin);;All files (*)"
MOST_READ = 8_000_000  # bytes of a pickle, to see what it is
SHIPPED_MEANS = {1: ((0.0,), (1.0,)), 2: ((0.0, 0.0), (1.0, 1.0)), 3: (IMAGENET_MEAN, IMAGENET_STD)}


def kind_of(path: Path) -> What:
    """What a file most likely is; nothing in it is run, and a file that cannot be read is taken by its name."""
    suffix = path.suffix.lower()
    if suffix == ".py":
        return "python"
    if suffix in (".pt2", ".ts", ".jit", ".torchscript"):
        return "whole"
    if suffix == ".safetensors":
        return "weights"
    try:
        with zipfile.ZipFile(path) as archive:  # TorchScript and exported programs carry their code beside the data
            names = archive.namelist()
            if any("/code/" in name or "/models/" in name for name in names):
                return "whole"
            pickles = [name for name in names if name.endswith("data.pkl")]
            return _of_pickle(b"".join(_beginning(archive, name) for name in pickles[:1]))
    except (OSError, ValueError, RuntimeError, EOFError, NotImplementedError, zlib.error, zipfile.BadZipFile):
        pass
    try:
        with path.open("rb") as stream:
            return _of_pickle(stream.read(MOST_READ))
    except (OSError, ValueError):
        return "weights"


def _beginning(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as stream:
        return stream.read(MOST_READ)


def _of_pickle(content: bytes) -> What:
    """A module is pickled with what it keeps, under the names that torch gives that; weights alone are not."""
    return "whole" if b"_modules" in content and b"_parameters" in content else "weights"


def functions_in(path: Path) -> list[str]:
    """The functions and classes at the top of a Python file, read without running it."""
    return list(makers_in(path).names)


def numbers_in(text: str, name: str) -> tuple[float, ...]:
    """Numbers between commas or spaces."""
    try:
        return tuple(float(word) for word in text.replace(",", " ").split())
    except ValueError as error:
        raise Problem(
            f"The {name} cannot be “{text}”: write one number for each channel, such as 0.5, 0.5, 0.5."
        ) from error


def said_of(name: str) -> Remembered:
    """What the person said of a file, or of the function of a Python file, the last time; on any thread."""
    from analysis.opening import own_file, said_before

    key = own_file.memory_key(ModelChoice(name))
    return said_before.remembered(key) if key is not None else said_before.Remembered()


class OpenNetwork(QDialog):
    """Does not block the window. `chosen` carries the ModelChoice."""

    chosen = Signal(object)

    def __init__(self, architectures: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Open a network")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(False)
        self.path = QLineEdit()
        self.path.setPlaceholderText("A .pt2, .pt, .pth, .safetensors or .py file")
        self.path.textChanged.connect(self._path_changed)
        self.kind = QComboBox()
        for what, text in KINDS.items():
            self.kind.addItem(text, what)
        self.kind.currentIndexChanged.connect(self._show_fields)
        self.architecture = _searchable(architectures, "The network that these weights belong to")
        _placeholder(self.architecture, "found out from the weights")
        self.factory = _searchable((), "The function or class that makes the network, or the network that is there")
        _placeholder(self.factory, "Net, or Net(depth=18, classes=10)")
        self.factory.currentTextChanged.connect(self._recall)
        self.weights = QLineEdit()
        self.weights.setPlaceholderText("as the file gives them")
        self.weights.setToolTip("A file of weights for the network, or empty")
        self.labels = QLineEdit()
        self.labels.setPlaceholderText("class numbers")
        self.labels.setToolTip("A text file with the name of one class on each line, or empty")
        self.prepared = QCheckBox("Say how pictures are prepared")
        self.prepared.setToolTip("Without this, it is taken from the file, or else found by trying")
        self.prepared.toggled.connect(self._show_fields)
        self.height_ = _size(224)
        self.width_ = _size(224)
        self.resize_ = _size(256)
        self.fit = QComboBox()
        self.fit.addItem("Crop the centre", "crop")
        self.fit.addItem("Stretch", "stretch")
        self.fit.currentIndexChanged.connect(self._show_fields)
        self.channels = QComboBox()
        for count, text in ((3, "Colour"), (1, "Grey"), (2, "Red and green")):
            self.channels.addItem(text, count)
        self.channels.currentIndexChanged.connect(self._channels_changed)
        self.mean = QLineEdit(", ".join(map(str, IMAGENET_MEAN)))
        self.std = QLineEdit(", ".join(map(str, IMAGENET_STD)))
        self.wrong = WrappedWords()
        self.wrong.hide()
        self._recalling: Reading | None = None
        self._interpolation: Interpolation = "bilinear"
        self._filled_in = False  # the fields say what the memory said, and not the person
        self._form = QFormLayout()
        self._form.setSpacing(theme.GRID)
        self._form.addRow("File", _with_browse(self.path, self._browse))
        self._form.addRow("It holds", self.kind)
        self._form.addRow("Network", self.architecture)
        self._form.addRow("Function", self.factory)
        self._weights_row = _with_browse(self.weights, self._browse_weights)
        self._form.addRow("Weights", self._weights_row)
        self._form.addRow("Class names", _with_browse(self.labels, self._browse_labels))
        self._form.addRow("", self.prepared)
        size = QWidget()
        row = QHBoxLayout(size)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.height_)
        row.addWidget(QLabel("×"))
        row.addWidget(self.width_)
        row.addWidget(QLabel("pixels (height × width)"))
        row.addStretch()
        self._picture_rows = [size, self.fit, self.resize_, self.channels, self.mean, self.std]
        for title, part in zip(
            ("Size", "Fit", "Shorter side first to", "Channels", "Mean", "Deviation"), self._picture_rows, strict=True
        ):
            self._form.addRow(title, part)
        buttons = QDialogButtonBox()
        self.open_button = QPushButton("Open")
        self.open_button.setDefault(True)
        buttons.addButton(self.open_button, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self._open)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(2 * theme.GRID,) * 4)
        column.setSpacing(theme.GRID)
        column.addLayout(self._form)
        column.addWidget(self.wrong)
        column.addStretch()
        column.addWidget(buttons)
        self.setMinimumWidth(68 * self.fontMetrics().averageCharWidth())
        self._show_fields()
        self.kind.currentIndexChanged.connect(self._forget_what_does_not_apply)

    @Slot()
    def _forget_what_does_not_apply(self) -> None:
        """What was said of another kind of file must not come back with it."""
        what = self.kind.currentData()
        if what != "weights":
            self.architecture.setCurrentIndex(-1)
            self.architecture.clearEditText()
        if what != "python":
            self.factory.clearEditText()
            self.weights.clear()

    def show_choice(self, choice: ModelChoice, preprocessing: Preprocessing | None) -> None:
        """The fields of a network that is open, to say something else of it."""
        name = own_name(choice.name)
        if name is not None:
            self.path.setText(name.file)
            self.factory.setCurrentText(name.called)
            self.weights.setText("" if choice.weights == "default" else choice.weights)
        elif choice.weights != "default":
            self.path.setText(choice.weights)
            self.kind.setCurrentIndex(list(KINDS).index("weights"))
            self.architecture.setCurrentText(choice.name)
        else:
            self.path.setText(choice.name)
            self.kind.setCurrentIndex(list(KINDS).index("whole"))
        self._stop_recalling()
        self._show_said(preprocessing, choice.labels)

    def show_again(self, choice: ModelChoice, sentence: str, fits: str | None) -> None:
        """The fields as they were said, and why that failed; `fits` is the network that weights turned out to fit."""
        self.show_choice(choice, choice.preprocessing)
        if choice.weights == "default" and own_name(choice.name) is None and kind_of(Path(choice.name)) == "weights":
            self.kind.setCurrentIndex(list(KINDS).index("weights"))
            self.architecture.setCurrentText(fits or "")
        self._say_wrong(sentence)

    def choice(self) -> ModelChoice:
        """What the fields say, or one sentence on what is missing."""
        path = self.path.text().strip()
        if not path:
            raise Problem("Choose a file first.")
        if not isfile(path):
            raise Problem(f"There is no file {path}.")
        labels = self.labels.text().strip() or None
        preprocessing = self._preprocessing() if self.prepared.isChecked() else None
        weights = self.weights.text().strip() or "default"
        what: What = self.kind.currentData()
        if what == "weights":
            name, weights = self.architecture.currentText().strip(), path
            if not name:  # which is found out
                name, weights = path, "default"
        elif what == "python":
            factory = self.factory.currentText().strip()
            name = f"{path}:{factory}"
            if own_name(name) is None:
                raise Problem(
                    f"Say which function of {Path(path).name} makes the network, if need be with arguments in brackets."
                )
        else:
            name, weights = path, "default"
        return ModelChoice(name, weights, preprocessing=preprocessing, labels=labels)

    def _preprocessing(self) -> Preprocessing:
        return Preprocessing(
            height=self.height_.value(),
            width=self.width_.value(),
            resize=self.resize_.value(),
            fit=self.fit.currentData(),
            channels=self.channels.currentData(),
            mean=numbers_in(self.mean.text(), "mean"),
            std=numbers_in(self.std.text(), "deviation"),
            interpolation=self._interpolation,
        )

    @Slot()
    def _open(self) -> None:
        try:
            choice = self.choice()
        except Problem as problem:
            self._say_wrong(str(problem))
            return
        self.accept()
        self.chosen.emit(choice)

    def _say_wrong(self, sentence: str) -> None:
        self.wrong.setText(sentence)
        self.wrong.setStyleSheet(f"color: {theme.colours().error.name()}")
        self.wrong.show()
        self._make_room()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        """For a sentence of several lines, which would press the fields together."""
        column = self.layout()
        if column is not None and column.hasHeightForWidth():
            column.activate()
            needed = column.totalHeightForWidth(self.width())
            if needed > self.height():
                self.resize(self.width(), needed)

    @Slot(str)
    def _path_changed(self, text: str) -> None:
        path = Path(text.strip())
        self.kind.setCurrentIndex(list(KINDS).index(kind_of(path)))
        self.wrong.hide()
        if path.suffix.lower() == ".py":
            makers = makers_in(path)
            self.factory.clear()
            self.factory.addItems(list(makers.names))
            self.factory.setCurrentText(makers.likeliest or "")
            if makers.wrong is not None:
                self._say_wrong(makers.wrong)
        self._show_fields()
        self._recall()

    @Slot()
    def _recall(self) -> None:
        """Looks up what was said of this file before, beside the window, because a large file takes its time."""
        self._stop_recalling()
        name = self.path.text().strip()
        if not isfile(name):
            return
        if self.kind.currentData() == "python":
            name = f"{name}:{self.factory.currentText().strip()}"
        self.open_button.setEnabled(False)
        self._recalling = read(partial(said_of, name))
        self._recalling.done.connect(self._recalled)
        self._recalling.failed.connect(self._stop_recalling)

    @Slot(object)
    def _recalled(self, said: Remembered) -> None:
        self._stop_recalling()
        known = said.preprocessing is not None or said.labels is not None
        if known or self._filled_in:  # what was said of one file is not said of the next
            self._show_said(said.preprocessing, said.labels)
        self._filled_in = known

    @Slot()
    def _stop_recalling(self) -> None:
        if self._recalling is not None:
            self._recalling.drop()
            self._recalling = None
        self.open_button.setEnabled(True)

    def _show_said(self, preprocessing: Preprocessing | None, labels: str | None) -> None:
        self.labels.setText(labels or "")
        self.prepared.setChecked(preprocessing is not None)
        if preprocessing is not None:
            self._interpolation = preprocessing.interpolation
            if self.channels.findData(preprocessing.channels) < 0:
                self.channels.addItem(f"{preprocessing.channels} planes", preprocessing.channels)
            self.channels.setCurrentIndex(self.channels.findData(preprocessing.channels))
            self.fit.setCurrentIndex(self.fit.findData(preprocessing.fit))
            self.height_.setValue(preprocessing.height)
            self.width_.setValue(preprocessing.width)
            self.resize_.setValue(preprocessing.resize)
            self.mean.setText(", ".join(f"{value:g}" for value in preprocessing.mean))
            self.std.setText(", ".join(f"{value:g}" for value in preprocessing.std))

    @Slot()
    def _show_fields(self) -> None:
        what = self.kind.currentData()
        self._form.setRowVisible(self.architecture, what == "weights")
        self._form.setRowVisible(self.factory, what == "python")
        self._form.setRowVisible(self._weights_row, what == "python")
        for part in self._picture_rows:
            self._form.setRowVisible(part, self.prepared.isChecked())
        crops = self.prepared.isChecked() and self.fit.currentData() == "crop"
        self._form.setRowVisible(self.resize_, crops)
        self.adjustSize()
        self._make_room()

    @Slot()
    def _channels_changed(self) -> None:
        count = self.channels.currentData()
        mean, std = SHIPPED_MEANS.get(count, ((0.0,) * (count or 1), (1.0,) * (count or 1)))
        self.mean.setText(", ".join(map(str, mean)))
        self.std.setText(", ".join(map(str, std)))

    @Slot()
    def _browse(self) -> None:
        self._ask(self.path, "Open a network", NETWORK_FILES)

    @Slot()
    def _browse_weights(self) -> None:
        self._ask(self.weights, "Weights", "Weights (*.safetensors *.pt *.pth);;All files (*)")

    @Slot()
    def _browse_labels(self) -> None:
        self._ask(self.labels, "Class names", "Text (*.txt);;All files (*)")

    def _ask(self, field: QLineEdit, title: str, files: str) -> None:
        folder = str(Path(self.path.text()).parent) if self.path.text() else QDir.homePath()
        path = ask_file(self, title, folder, files)
        if path:
            field.setText(path)


def _searchable(choices: Sequence[str], help_text: str) -> QComboBox:
    box = QComboBox()
    box.setEditable(True)
    box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
    box.addItems(list(choices))
    box.setCurrentIndex(-1)
    box.setToolTip(help_text)
    completer = QCompleter(box.model(), box)
    completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
    completer.setFilterMode(Qt.MatchFlag.MatchContains)
    box.setCompleter(completer)
    return box


def _placeholder(box: QComboBox, text: str) -> None:
    line = box.lineEdit()
    if line is not None:
        line.setPlaceholderText(text)


def _size(value: int) -> QSpinBox:
    box = QSpinBox()
    box.setRange(1, 4096)
    box.setValue(value)
    return box


def _with_browse(field: QLineEdit, browse: object) -> QWidget:
    both = QWidget()
    row = QHBoxLayout(both)
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(field, 1)
    button = QPushButton("Browse…")
    button.setAutoDefault(False)
    button.clicked.connect(browse)
    row.addWidget(button)
    return both
