"""The live loop against the bare network and against the plain way of building such a window.

Six sides take turns: the bare forward pass; the same by ONNX Runtime as it comes, for one picture and nothing shown,
of which a screen could show 60 a second; our window with mosaic, unit dock and predictions on screen; a plain loop
(PIL preprocessing, hooks that clone every layer, a float mosaic through pyqtgraph's ImageItem); and a plain loop that
shows as much as ours (also the picture, the unit's map, history and histogram, and the five best classes); and our
window again, which here gives out more than the sixty a second that a screen could show.

Each has a process of its own, which sleeps while the others have their turn: torch's threads of two sides in one
process would count as more threads than cores, and OpenMP then lets all of them sleep at every barrier. While our side
runs, a timer of the window's event loop notes how long it had to wait. With `--device cuda` all sides but the runtime's
have their network there, and each picture's answer is waited for.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from statistics import median
from time import perf_counter
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
DEVICE = os.environ.get("UNDERHOOD_BENCH_DEVICE", "cpu")
ROUNDS = 4
SECONDS = 1.5  # of a turn, or as long as
FRAMES = 16  # bare passes take: with fewer pictures in it, a turn would say little
SIDES = ("bare", "runtime", "plain", "whole", "ours", "uncapped")
READY = 15.0  # seconds of moving pictures, after which our side has what it makes beside
SCREEN = 60.0  # pictures a second
WAITS = ("wait p50", "p99 (ms)", "max")
NETWORKS = {
    "resnet18": "layer2.0.conv1",
    "vgg16": "features.17",
    "mobilenet_v3_large": "features.6",
    "squeezenet1_0": "features.5",
    "efficientnet_lite0": "stage3.block2",
}


def tables() -> Iterator[str]:
    yield _row(
        "network",
        "bare/s",
        "runtime/s",
        "plain/s",
        "whole/s",
        "ours/s",
        "no cap/s",
        "to bare",
        "to runtime",
        "to plain",
        "to whole",
        "no cap to plain",
        "wait p50",
        "p99 (ms)",
        "max",
    )
    for name, layer in NETWORKS.items():
        yield _measured(name, layer)


def _row(*cells: object) -> str:
    return f"{cells[0]!s:20}" + "".join(f"{cell!s:>{max(11, len(str(cell)) + 2)}}" for cell in cells[1:])


def _measured(name: str, layer: str) -> str:
    sides = [_Side(kind, name, layer) for kind in SIDES]
    *others, ours, uncapped = sides
    for side in sides:
        side.run(0.5 if side in others else READY)
    turn = max(SECONDS, FRAMES / sides[0].run(1.0)[0])  # while the others are there, and none of them is at work
    rates: dict[_Side, list[float]] = {side: [] for side in sides}
    waits: list[float] = []
    for _ in range(ROUNDS):
        for side in sides:
            rate, waited = side.run(turn)
            rates[side].append(rate)
            waits += waited if side is ours else ()
    for side in sides:
        side.close()
    waits.sort()

    def ratio(other: _Side, mine: _Side = ours) -> str:
        most = SCREEN if other is sides[1] else float("inf")
        shares = [o / min(b, most) for o, b in zip(rates[mine], rates[other], strict=True) if b]
        return f"{median(shares):.2f}" if shares else "–"

    return _row(
        name,
        *(f"{median(rates[side]):.1f}" for side in sides),
        *map(ratio, others),
        f"{ratio(sides[2], uncapped):>17}",
        *(f"{1000 * waits[min(int(len(waits) * share), len(waits) - 1)]:.1f}" for share in (0.5, 0.99, 1)),
    )


class _Side:
    """One side in its own process: `run` gives its rate, and the waits of its event loop in seconds."""

    def __init__(self, kind: str, name: str, layer: str) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, kind, name, layer), daemon=True)
        self._process.start()

    def run(self, seconds: float) -> tuple[float, list[float]]:
        self._pipe.send(seconds)
        answer: tuple[float, list[float]] = self._pipe.recv()
        return answer

    def close(self) -> None:
        self._pipe.send(None)
        self._process.join(20)


def _serve(pipe: Any, kind: str, name: str, layer: str) -> None:
    kinds: dict[str, Any] = {"bare": _Bare, "runtime": _Runtime, "plain": _Plain, "whole": _PlainWhole}
    side = {**kinds, "ours": _Ours, "uncapped": _Uncapped}[kind](name, layer)
    while (seconds := pipe.recv()) is not None:
        rate = side.run(seconds)
        pipe.send((rate, side.waits))
        side.waits = []
    side.close()


def _pictures() -> list[Any]:
    import numpy as np

    rng = np.random.default_rng(0)
    base = np.kron(rng.integers(0, 256, (15, 20, 3)), np.ones((32, 32, 1))).astype(np.uint8)
    return [np.roll(base, 16 * shift, 1).copy() for shift in range(40)]


def _module(name: str) -> Any:
    """With random weights, as anybody would make it: ours by its own `build`, the others by torchvision's."""
    import torch

    from analysis.shipped import BUILTINS

    torch.manual_seed(0)
    build = next((builtin.build for builtin in BUILTINS if builtin.name == name), None)
    if build is not None:
        return build()
    import torchvision

    return getattr(torchvision.models, name)(weights=None).eval()


class _Bare:
    """The network's own forward pass, as it is after construction, with torch's own number of threads."""

    def __init__(self, name: str, layer: str) -> None:
        import torch

        self.waits: list[float] = []
        self._module = _module(name).to(DEVICE)
        self._given = torch.randn(1, 3, 224, 224).to(DEVICE)

    def run(self, seconds: float) -> float:
        import torch

        done, start = 0, perf_counter()
        with torch.inference_mode():
            while perf_counter() - start < seconds:
                self._module(self._given).cpu()
                done += 1
        return done / (perf_counter() - start)

    def close(self) -> None:
        pass


class _Runtime(_Bare):
    """Our graph of it, with all settings as the library has them; 0 where that is not installed."""

    def __init__(self, name: str, layer: str) -> None:
        super().__init__(name, layer)
        from analysis.quick.runtime.onnx_file import INPUT, as_bytes, needed
        from analysis.quick.runtime.sessions import library
        from analysis.quick.runtime.written_down import written_down

        self._session = None
        here = library() is not None and self._given.device.type == "cpu"
        written = written_down(self._module, self._given, []) if here else None
        if written is not None and written.answer is not None:
            names = [written.answer]
            model = as_bytes(needed(written.graph, names), names)
            self._session = library().InferenceSession(model, providers=["CPUExecutionProvider"])
            self._feed = {INPUT: self._given.numpy()}

    def run(self, seconds: float) -> float:
        if self._session is None:
            return 0.0
        done, start = 0, perf_counter()
        while perf_counter() - start < seconds:
            self._session.run(None, self._feed)
            done += 1
        return done / (perf_counter() - start)


class _Ours:
    """The real window; as soon as a frame is shown the next one is there, so the engine never waits for the source."""

    def __init__(self, name: str, layer: str) -> None:
        from PySide6.QtCore import QEventLoop, QSettings, Qt, QTemporaryDir, QTimer

        from analysis.protocol.recipe import ModelChoice, Recipe
        from gui import app, theme
        from gui.options import WindowOptions
        from gui.window.bindings import Bindings
        from gui.window.session import Session

        app.keep_freed_memory()
        self._application = app.application_of()
        self._guard = app.GarbageGuard()
        recipe = Recipe(ModelChoice(name, "random"), layer=layer, unit=3)
        # Not the null device: QSettings would put a plain file in its place.
        self._folder = QTemporaryDir()
        settings = QSettings(self._folder.filePath("settings.ini"), QSettings.Format.IniFormat)
        theme.apply_remembered(self._application, settings)
        self._session = Session(WindowOptions(recipe=recipe, device=DEVICE), settings)
        Bindings(self._session)
        self._session.first_answer.connect(self._guard.settle)
        self._session.window.show()
        self._session.open_recipe(recipe)
        self._pictures = _pictures()
        self._sent = 0
        self._shown: list[float] = []  # when
        self._running = False
        self._settle = QEventLoop()
        self._session.loop.shown.connect(self._next)
        self.waits: list[float] = []
        self._due = 0.0
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        while self._session.state.network is None:
            self._application.processEvents()

    def run(self, seconds: float) -> float:
        """From the first picture that is shown to the last: before it, only one core is busy for the time of a pass."""
        from PySide6.QtCore import QEventLoop, QTimer

        self._running, self._shown = True, []
        self._send()
        self._due = perf_counter()
        self._timer.start(5)
        loop = QEventLoop()
        QTimer.singleShot(int(seconds * 1000), loop.quit)
        loop.exec()
        shown, self._running = tuple(self._shown), False
        self._timer.stop()
        self._settle.exec()
        return (len(shown) - 1) / (shown[-1] - shown[0]) if len(shown) > 1 else 0.0

    def close(self) -> None:
        self._session.window.close()
        self._guard.stop()

    def _tick(self) -> None:
        now = perf_counter()
        self.waits.append(max(now - self._due - 0.005, 0.0))
        self._due = now
        self._keep_waiting()

    _answered = 0

    def _next(self, live: Any) -> None:
        self._shown.append(perf_counter())
        self._answered = live.frame.number - 1_000_000
        if self._running:
            self._keep_waiting()
        elif self._answered == self._sent:
            self._settle.quit()

    def _keep_waiting(self) -> None:
        """Two frames with the engine, one that is being shown, and one that waits; more would be overwritten."""
        if self._sent - self._answered < 4:
            self._send()

    def _send(self) -> None:
        from analysis.protocol.frame import Frame

        self._sent += 1
        pixels = self._pictures[self._sent % len(self._pictures)]
        self._session.loop.take(Frame(pixels, 1_000_000 + self._sent, "camera", perf_counter(), moving=True))


class _Uncapped(_Ours):
    """The same as quickly as it can."""

    def __init__(self, name: str, layer: str) -> None:
        from gui.lane import dispatcher

        dispatcher.SHORTEST_INTERVAL = 0.0
        super().__init__(name, layer)


class _Plain:
    """What one would write first, after a tutorial; everything on one thread."""

    def __init__(self, name: str, layer: str) -> None:
        import pyqtgraph
        from PySide6.QtWidgets import QApplication
        from torchvision import transforms

        self._application = QApplication.instance() or QApplication([])

        self.waits: list[float] = []
        self._module = _module(name).to(DEVICE)
        self._layer = layer
        self._outputs: dict[str, Any] = {}
        for path, module in self._module.named_modules():
            if not list(module.children()):
                module.register_forward_hook(self._keeper(path))
        self._prepare = transforms.Compose(
            [
                transforms.Resize(256),
                transforms.CenterCrop(224),
                transforms.ToTensor(),
                transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
            ]
        )
        self._widget = pyqtgraph.GraphicsLayoutWidget()
        self._mosaic = self._image_item(0, 0, rows=5)
        self._arrange()
        self._widget.show()
        self._pictures = _pictures()

    def _arrange(self) -> None:
        self._widget.resize(700, 700)

    def _image_item(self, row: int, column: int, rows: int = 1) -> Any:
        import pyqtgraph

        item = pyqtgraph.ImageItem(axisOrder="row-major")
        self._widget.addViewBox(row, column, rowspan=rows, lockAspect=True, invertY=True).addItem(item)
        return item

    def _keeper(self, path: str) -> Callable[[Any, Any, Any], None]:
        def keep(_module: Any, _given: Any, output: Any) -> None:
            self._outputs[path] = output.clone()

        return keep

    def run(self, seconds: float) -> float:
        import torch
        from PIL import Image
        from PySide6.QtWidgets import QApplication

        done, start = 0, perf_counter()
        while perf_counter() - start < seconds:
            pixels = self._pictures[done % len(self._pictures)]
            with torch.no_grad():
                answer = self._module(self._prepare(Image.fromarray(pixels))[None].to(DEVICE))[0].cpu()
            layer = next(path for path in self._outputs if path.startswith(self._layer))
            self._show(pixels, self._outputs[layer][0].cpu().numpy(), answer)
            QApplication.processEvents()
            done += 1
        return done / (perf_counter() - start)

    def _show(self, pixels: Any, maps: Any, answer: Any) -> None:
        self._mosaic.setImage(_mosaic(maps), autoLevels=True)

    def close(self) -> None:
        self._widget.close()


class _PlainWhole(_Plain):
    """The same with all that our window shows meanwhile."""

    def _arrange(self) -> None:
        import pyqtgraph

        self._widget.ci.layout.setColumnStretchFactor(0, 2)
        self._picture, self._map = self._image_item(0, 1), self._image_item(1, 1)
        self._history = self._widget.addPlot(2, 1).plot()
        self._histogram = self._widget.addPlot(3, 1).plot(stepMode="center", fillLevel=0, brush="w")
        plot = self._widget.addPlot(4, 1)
        plot.setXRange(0, 1)
        self._best = pyqtgraph.BarGraphItem(x0=0, y=range(5), height=0.8, width=[0] * 5)
        plot.addItem(self._best)
        self._classes = plot.getAxis("left")
        self._strongest: list[float] = []
        self._widget.resize(1360, 860)

    def _show(self, pixels: Any, maps: Any, answer: Any) -> None:
        import numpy as np

        super()._show(pixels, maps, answer)
        self._picture.setImage(pixels)
        self._map.setImage(maps[3], autoLevels=True)
        self._strongest = [*self._strongest[-299:], float(maps[3].max())]
        self._history.setData(self._strongest)
        counts, edges = np.histogram(maps[3], 40)
        self._histogram.setData(edges, counts)
        best = answer.softmax(0).topk(5)
        self._best.setOpts(width=best.values.numpy())
        self._classes.setTicks([[(row, f"class {number}") for row, number in enumerate(best.indices.tolist())]])


def _mosaic(maps: Any) -> Any:
    import numpy as np

    columns = int(np.ceil(np.sqrt(len(maps))))
    rows = -(-len(maps) // columns)
    height, width = maps.shape[1:]
    whole = np.zeros((rows * (height + 1), columns * (width + 1)), np.float32)
    for unit, values in enumerate(maps):
        row, column = divmod(unit, columns)
        low, high = values.min(), values.max()
        top, left = row * (height + 1), column * (width + 1)
        whole[top : top + height, left : left + width] = (values - low) / (high - low + 1e-9)
    return whole


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        for line in tables():
            print(line, flush=True)
    sys.exit(0)
