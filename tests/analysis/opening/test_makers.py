"""What of a Python file most likely makes a network is found without running it."""

from pathlib import Path

import pytest

from analysis.opening.makers import makers_in

BLOCK = "class Block(nn.Module):\n    def __init__(self, planes): ...\n"


@pytest.mark.parametrize(
    ("program", "likeliest"),
    [
        ("class Net(nn.Module): ...\ndef make(): ...\n", "make"),
        ("def build(depth): ...\ndef create(depth=18): ...\n", "create"),
        ("def get_model(*, depth): ...\ndef model(*, depth=1): ...\n", "model"),
        (BLOCK + "class Net(nn.Module):\n    def __init__(self, classes=10): ...\n", "Net"),
        ("class Small(nn.Module): ...\nclass Large(Small): ...\n", "Large"),
        ("class Small(nn.Module):\n    def __init__(self, n): ...\nclass Large(Small): ...\n" + BLOCK, "Small"),
        ("class Net(nn.Module): ...\nclass Pictures(Dataset): ...\nclass Config: ...\n", "Net"),
        (BLOCK + "def ResNet18(): ...\ndef ResNet34(): ...\ndef test(): ...\n", "ResNet18"),
        (BLOCK + "model = Block(3)\nepochs = int('3')\n", "model"),
        (BLOCK, "Block"),
        ("def _hidden(): ...\n", None),
        ("", None),
    ],
)
def test_that_what_needs_no_arguments_is_preset(program: str, likeliest: str | None, tmp_path: Path) -> None:
    file = tmp_path / "net.py"
    file.write_text("raise SystemExit('run!')\n" + program)
    found = makers_in(file)
    assert (found.likeliest, found.wrong) == (likeliest, None)
    assert likeliest is None or likeliest in found.names


def test_that_a_line_that_is_no_python_is_named(tmp_path: Path) -> None:
    file = tmp_path / "net.py"
    file.write_text("x = 1\nprint 'old'\n")
    assert str(makers_in(file).wrong).startswith("net.py is not written in Python: line 2: Missing parentheses")


def test_that_a_file_that_cannot_be_read_offers_nothing(tmp_path: Path) -> None:
    assert makers_in(tmp_path / "gone.py").names == ()
    (tmp_path / "net.py").write_bytes(b"\xff\xfe\0")
    assert makers_in(tmp_path / "net.py").names == ()
