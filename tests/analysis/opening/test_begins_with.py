"""Which picture a network begins with, and when that of the network before stays."""

import subprocess
import sys
from dataclasses import replace

import pytest

from analysis.opening.begins_with import PICTURES, begins_with, first_network, kind_by_name, kind_of
from analysis.pictures.images import open_origin
from analysis.pictures.samples import samples
from analysis.protocol.preprocessing import Preprocessing
from analysis.protocol.recipe import ModelChoice
from tests.gui.networks import leaf, loaded


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("efficientnet_lite0", "photographs"),
        ("lenet", "digits"),
        ("resnet-cifar", "things"),
        ("dynamics", "scenes"),
        ("vgg16", "photographs"),
        ("timm:resnet18", "photographs"),
        ("/of/mine/net.py:make", None),
        ("/of/mine/net.pt2", None),
    ],
)
def test_that_the_name_says_what_a_networks_pictures_show(name: str, kind: str | None) -> None:
    assert kind_by_name(ModelChoice(name)) == kind


@pytest.mark.parametrize(
    ("units", "seen", "kind"),
    [
        (10, Preprocessing(28, 28, 28, channels=1, mean=(0.0,), std=(1.0,)), "digits"),
        (26, Preprocessing(28, 28, 28, channels=1, mean=(0.0,), std=(1.0,)), "photographs"),
        (10, Preprocessing(32, 32, 32), "things"),
        (10, Preprocessing(), "photographs"),
        (1000, Preprocessing(), "photographs"),
        (7, Preprocessing(64, 64, 64, channels=2, mean=(0.0,) * 2, std=(1.0,) * 2), "scenes"),
    ],
)
def test_that_a_network_of_ones_own_is_known_by_what_it_takes_and_gives(
    units: int, seen: Preprocessing, kind: str
) -> None:
    network = loaded(root=replace(leaf(""), units=units, children=()), name="/of/mine/net.py:make")
    assert kind_of(replace(network, preprocessing=seen)) == kind


def test_that_every_first_picture_is_there() -> None:
    for origin in PICTURES.values():
        assert open_origin(origin).ndim == 3
    assert PICTURES["photographs"] == f"sample:{samples()[0].name}"


@pytest.mark.parametrize(
    ("shown", "before", "kind", "begins"),
    [
        (None, None, "digits", "sample:digit-5"),
        ("sample:chelsea", "photographs", "digits", "sample:digit-5"),
        ("sample:coffee", "photographs", "things", "sample:cat"),
        ("sample:digit-8", "digits", "photographs", "sample:chelsea"),
        ("scene:7", "scenes", "photographs", "sample:chelsea"),
        ("sample:digit-8", "digits", "digits", None),  # the other digit is known as well
        ("sample:coffee", "photographs", "photographs", None),
        ("sample:truck", "photographs", "photographs", None),  # which nobody but the person chose
        ("sample:truck", "photographs", "digits", None),
        ("sample:gratings", "photographs", "digits", None),  # every network sees something in it
        ("sample:no such thing", "photographs", "digits", None),
        ("/my/cat.jpg", "photographs", "digits", None),
        ("camera", "photographs", "things", None),
        ("sketch", "digits", "photographs", None),
        ("noise:3", "photographs", "digits", None),
        ("data:samples#3", "photographs", "digits", None),
        ("camera", "photographs", "scenes", "scene:0"),  # in which a network of two planes sees nothing
        ("scene:7", "photographs", "scenes", None),
    ],
)
def test_that_ones_own_picture_stays_and_a_sample_gives_way_to_one_that_is_known(
    shown: str | None, before: str | None, kind: str, begins: str | None
) -> None:
    assert begins_with(shown, before, kind) == begins  # type: ignore[arg-type]


def test_that_the_first_network_is_another_where_its_weights_are_not_installed() -> None:
    """And that nothing heavy is imported to find out."""
    code = (
        "import sys, importlib.util as util; found = util.find_spec\n"
        "util.find_spec = lambda name, *more: None if name.startswith('efficientnet') else found(name, *more)\n"
        "from analysis.opening.begins_with import comes_with_weights, first_network\n"
        "print(first_network(), comes_with_weights('efficientnet_lite0'), comes_with_weights('vgg16'),"
        " [name for name in ('torch', 'numpy', 'PIL') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "resnet-cifar False True []"
    assert first_network() == "efficientnet_lite0"
