"""What an atlas knows of one unit: its nine pictures cut out, its values, and its classes with evidence."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QImage, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from gui.views.log_histogram import LogHistogram
from gui.views.thumbnails import Thumbnails
from gui.views.words import Heading, WrappedWords

if TYPE_CHECKING:
    from analysis.sweeps.atlas import Atlas, Best, ClassScore

BEST = 9
NEIGHBOURS = 5
CLASSES = 4
ROWS = ("deconvolution", "guided")  # what flows back, a row each
TITLES = {"deconvolution": "Deconvolution of each", "guided": "Guided map of each"}


class AtlasUnit(QWidget):
    picture_wanted = Signal(str)  # the origin of one of its pictures
    unit_wanted = Signal(int)  # another one, by its number in the atlas
    woken = Signal()  # it is seen again

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = Heading(self)
        self.remarks = WrappedWords("", self)
        self.best_title = WrappedWords("", self)
        self.best = Thumbnails(BEST, self)
        self.back_titles = {name: QLabel(TITLES[name], self) for name in ROWS}
        self.back = {name: Thumbnails(BEST, self) for name in ROWS}
        self.synthesis_title = QLabel("Made for it", self)
        self.synthesis = QLabel(self)
        self.histogram = LogHistogram(self)
        self.tuning = WrappedWords("", self)
        self.tuning.setTextFormat(Qt.TextFormat.RichText)  # of numbers and words of ours alone
        self.classes = WrappedWords("", self)
        self.classes.setTextFormat(Qt.TextFormat.PlainText)
        self.against = WrappedWords("", self)
        self.against.setTextFormat(Qt.TextFormat.PlainText)
        self.near_title = QLabel("Units that answer alike", self)
        self.near = [QToolButton(self) for _ in range(NEIGHBOURS)]
        self._origins: list[str] = []
        self.near_ids: list[int] = []
        self._lay_out()
        self.best.chosen.connect(self._use_best)
        for row in self.back.values():
            row.chosen.connect(self._use_best)
        for place, button in enumerate(self.near):
            button.clicked.connect(partial(self._use_near, place))
        self.show_unit(None, None)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for part in (self.title, self.remarks, self.best_title, self.best):
            column.addWidget(part)
        for name in ROWS:
            column.addWidget(self.back_titles[name])
            column.addWidget(self.back[name])
        column.addWidget(self.synthesis_title)
        column.addWidget(self.synthesis)
        column.addWidget(self.histogram)
        column.addWidget(self.tuning)
        column.addWidget(self.classes)
        column.addWidget(self.against)
        column.addWidget(self.near_title)
        near = QHBoxLayout()
        near.setSpacing(4)
        for button in self.near:
            near.addWidget(button)
        near.addStretch(1)
        column.addLayout(near)
        column.addStretch(1)

    def show_unit(self, atlas: Atlas | None, identity: int | None) -> None:
        """Nothing where there is no atlas, or none with the unit."""
        there = atlas is not None and identity is not None
        parts = (self.title, self.best_title, self.best, self.histogram, self.tuning, self.classes, self.against)
        for part in (
            *parts,
            self.tuning,
            self.near_title,
            self.remarks,
            self.synthesis,
            self.synthesis_title,
            *self.near,
        ):
            part.setVisible(there)
        self.clear_back()
        if atlas is None or identity is None:
            self._origins, self.near_ids = [], []
            self.histogram.clear()
            return
        layer, unit = atlas.where(identity)
        row = atlas.row(identity)
        self.title.show_facts(f"unit {unit} · {layer.path}", [atlas.seen])
        self._say(self.remarks, " ".join(remarks(row, atlas.pictures)))
        best = atlas.best(identity)
        self._origins = [atlas.path(one.name) for one in best]
        silent = bool(best) and all(one.before is not None for one in best)
        self.best_title.setText("What came nearest to waking it" if silent else "What it answers to most, cut out")
        self.best.show_pictures([(image_of(atlas.crop(identity, rank)), told_of(one)) for rank, one in enumerate(best)])
        self.histogram.show_counts(*atlas.histogram(identity))
        self._say(self.tuning, tuning_in_words(row, layer.rows * layer.columns))
        scores = atlas.class_scores(identity)
        self._say(self.classes, "\n".join(score_in_words(one) for one in scores[:CLASSES]))
        self._say(self.against, against_in_words(atlas, identity))
        near = atlas.neighbours(identity, NEIGHBOURS)
        self.near_ids = [other for other, _ in near]
        self.near_title.setVisible(bool(near))
        for place, button in enumerate(self.near):
            button.setVisible(place < len(near))
            if place < len(near):
                other, likeness = near[place]
                button.setText(str(atlas.where(other)[1]))
                button.setToolTip(f"Unit {atlas.where(other)[1]}: correlation {likeness:.2f} over the pictures")
        self.show_made(atlas, identity)

    def show_made(self, atlas: Atlas, identity: int) -> None:
        """The picture that was made for the unit, which may have been made meanwhile."""
        made = atlas.synthesis(identity)
        picture = QImage.fromData(made) if made else QImage()
        self.synthesis.setVisible(not picture.isNull())
        self.synthesis_title.setVisible(not picture.isNull())
        if not picture.isNull():
            from PySide6.QtGui import QPixmap

            self.synthesis.setPixmap(QPixmap.fromImage(picture.scaledToWidth(min(picture.width() * 2, 224))))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.woken.emit()

    def clear_back(self) -> None:
        for name in ROWS:
            self.back_titles[name].hide()
            self.back[name].hide()

    def show_back(self, name: str, pictures: list[tuple[QImage, str]]) -> None:
        """What flows back to each of its pictures so far, in their order."""
        self.back_titles[name].setVisible(bool(pictures))
        self.back[name].setVisible(bool(pictures))
        self.back[name].show_pictures(pictures)

    def show_live(self, value: float | None) -> None:
        self.histogram.show_live(value)

    @staticmethod
    def _say(label: WrappedWords, words: str) -> None:
        label.setText(words)
        label.setVisible(bool(words))

    @Slot(int)
    def _use_best(self, index: int) -> None:
        if index < len(self._origins):
            self.picture_wanted.emit(self._origins[index])

    def _use_near(self, place: int) -> None:
        if place < len(self.near_ids):
            self.unit_wanted.emit(self.near_ids[place])


def remarks(row: dict[str, object], pictures: int) -> list[str]:
    """Sentences on what is odd about a unit."""
    told = []
    if row["dead"]:
        told.append(
            f"Zero everywhere on all {pictures:,} pictures: it answers fewer than {row['bound']:.2%} of such pictures "
            "in 95 of 100 cases."
        )
        if row["before_relu"]:
            told.append(f"The largest value that came into its ReLU was {row['before_relu']:.3g}.")
    if row["always"]:
        told.append("It answers somewhere on every picture.")
    if row["duplicate"]:
        told.append(f"Unit {row['twin']} answers nearly the same (r {row['twin_r']:.2f}).")
    if row["odd"]:
        told.append(f"{row['odd']:,} of its values are no finite numbers, and are not counted.")
    return told


def tuning_in_words(row: Mapping[str, Any], places: int) -> str:
    from analysis.sweeps.tuning_words import mean_colour, tuned_to

    colour = mean_colour(row)
    blot = (f'mean colour <span style="color:{colour}">■</span> {colour}',) if colour else ()
    told = [*tuned_to(row, places), *blot]
    return f"What it saw: {'; '.join(told)}." if told else ""


def told_of(one: Best) -> str:
    value = f"{one.value:.3g}" if one.before is None else f"0 ({one.before:.3g} before the ReLU)"
    label = f", {one.label}" if one.label else ""
    return f"{one.name}{label}: {value} at row {one.row}, column {one.column}; click to look at the whole picture"


def score_in_words(one: ClassScore) -> str:
    """Such as “dog: AP 0.41 (×12 over chance, 99 % line 0.06), r 0.52, AUROC 0.91, p 2e-09”."""
    if one.ap is None:
        return f"{one.name}: mean {one.mean:.3g}, r {one.pearson:.2f}"
    line = f", 99 % of blind units below {one.null:.2g}" if one.null is not None else ""
    lift = f"×{one.lift:.3g} over chance" if one.lift is not None else ""
    return (
        f"{one.name}: AP {one.ap:.2f} ({lift}{line}), r {one.pearson:.2f}, AUROC {one.auroc:.2f}, "
        f"p {one.p:.1g} corrected"
    )


def against_in_words(atlas: Atlas, identity: int) -> str:
    """One picture on each side that speaks against the favourite class."""
    told = []
    for one in atlas.counter_examples(identity, 1):
        what = f"answers {one.value:.3g} to" if one.answered else f"answers only {one.value:.3g} to"
        told.append(f"{what} {one.name} ({one.label})")
    return f"Against that: it {' and '.join(told)}." if told else ""


def image_of(content: bytes) -> QImage:
    """Grey where there is no cutting."""
    image = QImage.fromData(content) if content else QImage()
    if image.isNull():
        image = QImage(8, 8, QImage.Format.Format_RGB32)
        image.fill(Qt.GlobalColor.gray)
    return image
