"""Signals end the real program as the cross of its window does: at any moment, quietly, and with the session saved."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows ends processes in another way")

ROOT = Path(__file__).parents[3]
# Says where it is, in a window that is drawn nowhere; without arguments the network that ships.
SCRIPT = """
import sys
import main
from gui import app
from gui.window.main_window import MainWindow
from gui.process.endings import leave_when_asked
from gui.options import WindowOptions
moment = sys.argv[1]

def tell(*_):
    print("now", flush=True)
    if moment == "made":
        sys.stdin.readline()  # the signal comes while the window is made, before any loop hears it

def stands(self, *_):
    MainWindow.show(self)
    tell()

def begins():
    from gui.window import session
    begin = session.Session.begin
    def begun(self):
        begin(self)
        if moment == "loads":
            tell()
        else:
            self.first_answer.connect(tell)
    session.Session.begin = begun

made = MainWindow.__init__
def init(self):
    made(self)
    if moment == "made":
        tell()
    else:
        self.stands.connect(tell if moment == "stands" else begins)
MainWindow.__init__ = init
leave_when_asked()
sys.exit(app.run_window(WindowOptions(device="cpu")))
"""


def _as_from_a_terminal() -> None:
    """Whoever runs the tests behind a shell, or by nohup, has told them, and so their programs, not to hear these."""
    for number in (signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)


def ended(number: int, moment: str, folder: Path, before: int | None = None) -> tuple[int, str]:
    """How the program ended that was sent this signal at this moment, and what it said."""
    environment = dict(os.environ, QT_QPA_PLATFORM="offscreen", XDG_CONFIG_HOME=str(folder), HOME=str(folder))
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, moment],
        cwd=ROOT,
        env=environment,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=_as_from_a_terminal,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "now\n"
    process.send_signal(number)
    try:
        _, said = process.communicate("go on\n", timeout=100)
    finally:
        process.kill()  # one that did not hear it
    ours = [line for line in said.splitlines() if "propagateSizeHints" not in line]  # which offscreen lacks
    return process.returncode, "\n".join(ours)


@pytest.mark.parametrize(
    ("moment", "number", "status"),
    [
        ("made", "SIGINT", 130),
        ("made", "SIGTERM", 143),
        ("stands", "SIGHUP", 129),
        ("loads", "SIGINT", 130),
        ("answers", "SIGTERM", 143),
    ],
)
def test_that_a_signal_ends_the_program_quietly_at_every_moment(
    tmp_path: Path, moment: str, number: str, status: int
) -> None:
    code, said = ended(getattr(signal, number), moment, tmp_path)
    assert (code, said) == (status, "")
    assert not list(tmp_path.rglob("opening-*"))
    settings = "".join(file.read_text() for file in tmp_path.rglob("Underhood.conf"))
    assert "[window]" in settings or moment in ("made", "stands")
    assert ("efficientnet_lite0" in settings) == (moment == "answers")


@pytest.mark.parametrize(("number", "status"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
def test_that_a_command_ends_likewise_and_takes_what_is_half_written_with_it(
    tmp_path: Path, number: str, status: int
) -> None:
    code = f"""
import signal, sys
sys.path.insert(0, {str(ROOT)!r})
import analysis.files.whole_file, main
from pathlib import Path

def models(arguments):
    with analysis.files.whole_file.writing_whole(Path("list.txt")) as stream:
        stream.write(b"half")
        print("now", flush=True)
        signal.pause()

import analysis.commands.listing
analysis.commands.listing.models = models
sys.argv = ["main.py", "models"]
sys.exit(main.main())
"""
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=_as_from_a_terminal,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "now\n"
    process.send_signal(getattr(signal, number))
    _, said = process.communicate(timeout=100)
    assert (process.returncode, said) == (status, "")
    assert list(tmp_path.iterdir()) == []
