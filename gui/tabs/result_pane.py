"""A result of whatever kind: its title, the view of its kind, what is said of it, and what can be asked of it next."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from analysis.protocol.events import MethodResult
from analysis.protocol.recipe import with_turn
from gui import theme
from gui.lane.method_runner import MethodRunner
from gui.selection import State
from gui.tabs.head import Foot
from gui.views.explanation_view import ExplanationView
from gui.views.how_far import stopped_after
from gui.views.notice_bar import Kind, NoticeBar
from gui.views.notice_place import OverFoot
from gui.views.results import TELL_ALL, TELL_STEPS, VIEWS, ResultView
from gui.views.target_words import explained_words, saturated
from gui.views.words import Title, WrappedWords

if TYPE_CHECKING:
    from analysis.methods.method import Method
    from analysis.protocol.events import Failure, JobProgress, Live, Loaded
    from analysis.protocol.frame import Frame, Pixels
    from analysis.protocol.recipe import Recipe
    from analysis.results.kinds import Result


EARLIER = "of an earlier picture"
THE_ONE_BEFORE = "This is of {}: it can be exported as it is, and stays until the next run."
PART_AS_IT_IS = "It can be exported as it is."
AS_IT_IS = "It can be exported as it is; Trust? and Compare make the whole map."


class ResultPane(QWidget):
    """The runner's callbacks are its slots: what comes while a run goes on, in the end, and instead of a result."""

    compare_wanted = Signal(object)  # Recipe
    trust_wanted = Signal(object, object)  # MethodResult as it is looked at, and the Frame that it is of
    export_wanted = Signal(object)  # MethodResult as it is looked at
    drew = Signal(object, object, object, bool)  # Recipe, Result, Pixels, and whether it is complete
    forgot = Signal()

    def __init__(self, state: State, runner: MethodRunner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._runner = runner
        self._views: dict[object, QWidget] = {}
        self._view: QWidget | None = None
        self._technique: type[Method] | None = None
        self._asked: Recipe | None = None  # of the run whose first steps may come
        self._result: MethodResult | None = None
        self._partial: tuple[JobProgress, Pixels] | None = None  # what is on the screen of a run that goes on
        self._frame: Frame | None = None  # whose result it is
        self._network: Loaded | None = None  # likewise
        self._answer: Live | None = None  # of the network to that
        self._said = ""  # the title, without what is special
        self._earlier = False  # whether another picture is on the screen by now
        self._note = ""
        self._unwanted = ""  # what was closed by hand is not said again with the next picture
        self._stale = False  # whether what is on the screen is still of the method before
        # What other methods came to.
        self._kept: dict[str, tuple[MethodResult, Frame | None, Live | None, Loaded | None]] = {}
        self.notes_over = True  # whether what a method says in the end is told over its result
        self.title = Title(self)
        self.note = WrappedWords(parent=self)  # of the steps of a run; whoever has room for it shows it
        self.note.setProperty("dim", True)
        self.notice = NoticeBar(self)
        self._lay_out()
        self.foot.compare.clicked.connect(self._ask_compare)
        self.foot.trust.clicked.connect(self._ask_trust)
        self.foot.export.clicked.connect(self.ask_export)
        self.notice.closed.connect(self._hush)
        runner.seen.connect(self._compare_with_seen)

    def _lay_out(self) -> None:
        self.stage = QWidget(self)
        self._stack = QStackedLayout(self.stage)
        self.foot = Foot(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID)
        column.addWidget(self.title)
        column.addWidget(self.stage, 1)
        column.addLayout(self.foot)
        self._over = OverFoot(self, self.notice)

    def also_tell(self, notice: NoticeBar) -> None:
        """A notice of somebody else, over the same place."""
        self._over.add(notice)

    # what it is of

    @property
    def frame(self) -> Frame | None:
        """The picture of the result that is shown; the runner may be at the next one already."""
        return self._frame

    @property
    def result(self) -> MethodResult | None:
        """What is shown, once it is complete."""
        return self._result

    def view(self, kind: type[Any] | None = None) -> QWidget:
        """The view of this kind of result; that in sight if none is named. It is made when it is first asked for."""
        if kind is None:
            assert self._view is not None
            return self._view
        make = VIEWS[kind]
        if make not in self._views:
            self._views[make] = view = make(self._state, self)
            self._stack.addWidget(view)
            self._over.stand_over(view.stage if isinstance(view, ExplanationView) else view)
        return self._views[make]

    def use(self, technique: type[Method], stale: bool = False) -> None:
        """Another method; what it came to last is shown again.

        With `stale` what is on the screen stays until there is something of this one.
        """
        from analysis.methods.known import can_be_tested
        from analysis.methods.method import makes_a_map

        self._technique = technique
        self._stale = stale and self.drawn
        self._note = self._unwanted = ""
        self.note.setText("")
        self.notice.clear()  # it was about the method before
        if self._result is not None:
            self._kept[self._result.recipe.method] = (self._result, self._frame, self._answer, self._network)
        self.forget()
        self.foot.trust.setVisible(can_be_tested(technique))
        self.foot.compare.setVisible(makes_a_map(technique))
        if self._stale:
            self.title.setText(f"<b>{technique.title}</b> …")
        elif not stale:
            self._show_kept(technique.name)

    def _show_kept(self, method: str) -> None:
        if method in self._kept:
            self._result, self._frame, self._answer, self._network = self._kept[method]
            self._draw(self._result.recipe, self._result.result, self._result.picture, done=True)
            self._enable()
        else:
            self._blank()

    def _blank(self) -> None:
        if self._view is not None:
            self._view.setProperty("drawn", False)

    @property
    def drawn(self) -> bool:
        """Whether something is on the screen, complete or not."""
        return bool(self._view is not None and self._view.property("drawn"))

    @property
    def stale(self) -> bool:
        """Whether what is on the screen is still of the method before."""
        return self._stale

    def expect(self, recipe: Recipe) -> None:
        """A run of this begins."""
        self._asked, self._partial = recipe, None
        self._note = self._unwanted = ""
        self.notice.clear()

    # what comes

    def take_note(self, progress: JobProgress) -> None:
        """What a method says of its own result is said over it, and nowhere besides; or its view says it."""
        over = progress.done >= progress.total
        self._note = progress.note if self.notes_over and over else ""
        told = self._note or self._tells_steps or (over and self._says_it_all)
        self.note.setText("" if told else progress.note)

    @property
    def _says_it_all(self) -> bool:
        """Whether the view of such results tells itself what is said of them in the end."""
        return self._technique is not None and self._technique.gives in TELL_ALL

    @property
    def _tells_steps(self) -> bool:
        return self._technique is not None and self._technique.gives in TELL_STEPS

    def show_progress(self, progress: JobProgress) -> None:
        self.take_note(progress)
        picture = self._picture_of_run()
        if progress.result is not None and progress.done > 0 and picture is not None and self._asked is not None:
            if self._result is not None:
                self.forget()  # it is no longer what is on the screen
            self._partial, self._network = (progress, picture), self._state.network
            self._draw(self._asked, progress.result, picture, done=False)

    def _picture_of_run(self) -> Pixels | None:
        """What the network sees of the picture that is asked about; None until it is known."""
        answer = self._runner.answer
        if answer is not None:
            return answer.picture
        if self._technique is not None and "picture" not in self._technique.asks:
            import numpy as np

            return np.full((1, 1, 3), 128, np.uint8)  # no view of such a result shows it
        return None

    def show_result(self, result: MethodResult) -> None:
        note = self._note or saturated(result.recipe.target, self._runner.answer)
        if note:
            self.tell(note, "hint")
        else:
            self.notice.clear()
        self._network = self._state.network
        self._take(result)

    def _take(self, result: MethodResult) -> None:
        self._result, self._partial = result, None
        self._frame, self._answer = self._runner.frame, self._runner.answer
        self._draw(result.recipe, result.result, result.picture, done=True)
        self._enable()

    def keep_what_came(self) -> None:
        """The run was stopped: what is on the screen of it is its result, and says so."""
        if self._partial is None or self._asked is None or self._network is None:
            return
        from analysis.protocol.recipe import completed, same_network

        progress, picture = self._partial
        assert progress.result is not None
        about = self._runner.about(self._so_far(self._asked, progress), self._runner.frame)
        loaded = self._network.choice
        recipe = completed(about, loaded if same_network(loaded, about.model) else about.model, None)
        words = stopped_after(progress.done, progress.total, progress.note)
        remark = f"{words[0].upper()}{words[1:]}."
        self._take(MethodResult(progress.request_id, recipe, picture, progress.result, remark=remark))
        whole = AS_IT_IS if isinstance(self._view, ExplanationView) else PART_AS_IT_IS
        self.tell(f"{remark} {whole}", "hint")

    @staticmethod
    def _so_far(recipe: Recipe, progress: JobProgress) -> Recipe:
        """The recipe that makes what came until then, where its method makes that by fewer steps."""
        from analysis.methods.method import (
            can_be_steered,
            counts_by,
            settings_of_the_end,
            steered_settings,
            stops_anywhere,
        )
        from analysis.methods.registry import method

        if progress.course is not None:
            recipe = replace(recipe, course=progress.course)
        technique, done = method(recipe.method), int(progress.done)
        if done < 1 or done >= progress.total:
            return recipe
        if stops_anywhere(technique) and (steered_settings(technique) or not recipe.course):
            return replace(recipe, settings={**recipe.settings, counts_by(technique): done})
        return with_turn(recipe, done, settings_of_the_end(technique, done)) if can_be_steered(technique) else recipe

    def show_failure(self, failure: Failure, keep: bool = False) -> None:
        """With `keep` what came before it is the result, as far as that got."""
        if keep:
            self.keep_what_came()
        self._partial = None
        self.tell(failure.summary, details=failure.traceback)
        self._take_stale_away()

    def lack(self, sentence: str) -> None:
        """Nothing can come while a choice is missing: nor does what the method before came to stay under this title."""
        self.tell(sentence, "hint")
        self._take_stale_away()

    def _take_stale_away(self) -> None:
        if self._stale and self._technique is not None:
            self._stale = False
            self.title.setText(f"<b>{self._technique.title}</b>")
            self.say(self._technique.summary)

    def tell(self, sentence: str, kind: Kind = "error", details: str = "") -> None:
        """What is so for every picture is said with every one of them, until it is closed."""
        if sentence != self._unwanted:
            self.notice.show_notice(sentence, kind, details=details)

    def say(self, words: str) -> None:
        """What stands where a result will be."""
        kind = self._technique.gives if self._technique is not None else None
        view = self._look_at(self.view(kind))
        view.show_nothing(words)
        self._view_of(view).setProperty("drawn", False)
        self.forgot.emit()

    def forget(self) -> None:
        """What it came to; what is on the screen stays."""
        self._result = self._partial = self._frame = self._answer = self._network = None
        self._tag("")
        self.title.clear()
        self._enable()

    def forget_all(self) -> None:
        """What every method came to: it was of another network."""
        self._kept.clear()
        self.forget()
        self._blank()

    def stay_with_another_network(self) -> None:
        """What is on the screen is a picture of its own: it stays, and so does what other methods came to."""
        if self._result is None or self._network is None:
            self.forget()
            self._blank()
            return
        self._draw(self._result.recipe, self._result.result, self._result.picture, done=True)
        self.forgot.emit()  # nothing goes on from it
        self.note.setText(THE_ONE_BEFORE.format(self._network.title))  # over it a verdict would be covered

    def hush_no_more(self) -> None:
        """Something else is asked: what was closed by hand may be said again."""
        self._unwanted = ""

    def _draw(self, recipe: Recipe, result: Result, picture: Pixels, done: bool) -> None:
        from analysis.methods.dependence import dependences
        from analysis.methods.registry import method

        self._stale = self._earlier = False
        view = self._look_at(self.view(type(result)))
        view.show_result(result, picture)
        self._view_of(view).setProperty("drawn", True)
        answer = self._answer if done and self._runner.frame is not self._frame else self._runner.answer
        if "picture" not in dependences(recipe):
            answer = None  # which is to a picture that it has nothing to do with
        words = explained_words(recipe, self._network, answer)
        of = f" of {escape(words, quote=False)}" if words else ""
        self._said = f"<b>{method(recipe.method).title}</b>{of}"
        self._say_what_is_special()
        if self._of_another_network:
            self.forgot.emit()
        else:
            self.drew.emit(recipe, result, picture, done)

    @Slot(object)
    def _compare_with_seen(self, live: Live) -> None:
        """What follows the pictures is a step behind them, which nobody has to be told."""
        frame = self._frame
        here = frame is None or live.frame.number == frame.number or live.frame.given is frame.given
        earlier = self._result is not None and not here and not self._runner.following
        if earlier and self._technique is not None and "picture" not in self._technique.asks:
            earlier = False
        if earlier != self._earlier:
            self._earlier = earlier
            self._say_what_is_special()

    @property
    def special(self) -> str:
        """That it was stopped, or is not of the picture that is shown; empty if there is nothing to be known."""
        stopped = self._result.remark.rstrip(".") if self._result is not None else ""
        before = f"by {self._network.title}" if self._network is not None and self._of_another_network else ""
        words = (stopped[:1].lower() + stopped[1:], before, EARLIER if self._earlier else "")
        return " · ".join(word for word in words if word)

    @property
    def _of_another_network(self) -> bool:
        """Than is looked at now."""
        now = self._state.network
        return self._network is not None and now is not None and self._network.choice != now.choice

    def _say_what_is_special(self) -> None:
        """In the corner of the picture where there is one, or else in the title."""
        words = self.special
        tagged = isinstance(self._view, ExplanationView)
        self.title.setText(self._said + (f" · {words}" if words and not tagged else ""))
        self.title.setToolTip(" · ".join(filter(None, (self._said, words))))
        self._tag(words)

    def _tag(self, words: str) -> None:
        if isinstance(self._view, ExplanationView):
            self._view.set_tag(words)

    def _look_at(self, view: QWidget) -> ResultView:
        self._view = view
        self._stack.setCurrentWidget(view)
        return cast(ResultView, view)

    @staticmethod
    def _view_of(view: ResultView) -> QWidget:
        return cast(QWidget, view)

    # what is asked of it

    def shown(self) -> MethodResult | None:
        """The result with the colours and the opacity that it is seen with."""
        if self._result is None:
            return None
        # Of a still picture the answer may have come after the result.
        answer = self._runner.answer if self._runner.frame is self._frame else self._answer
        return replace(
            self._result,
            recipe=replace(self._result.recipe, looks=self._state.looks),
            logits=answer.logits if answer is not None else None,
            network=self._network,
        )

    def _enable(self) -> None:
        self.foot.enable(self._result is not None)

    @Slot()
    def _ask_compare(self) -> None:
        if self._result is not None:
            self.compare_wanted.emit(self._result.recipe)

    @Slot()
    def _ask_trust(self) -> None:
        result = self.shown()
        if result is not None:
            self.trust_wanted.emit(result, self._frame)

    @Slot()
    def ask_export(self) -> None:
        result = self.shown()
        if result is not None:
            self.export_wanted.emit(result)

    @Slot(str)
    def _hush(self, sentence: str) -> None:
        self._unwanted = sentence
