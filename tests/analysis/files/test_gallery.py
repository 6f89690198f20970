"""The gallery has the lecture's pages: the same rows for its three networks, and samples that there are."""

from analysis.files.gallery import named, rows
from analysis.methods.dependence import dependences
from analysis.pictures.images import open_origin
from analysis.protocol.target import UnitTarget, parse

PAGES = {"gradient", "smoothgrad", "grad-cam", "occlusion", "features-gradient", "features-deconvolution"}


def test_that_the_lectures_three_networks_have_the_same_rows() -> None:
    names = [row.name for row in rows()]
    for network in ("alexnet", "vgg16", "vgg19"):
        kinds = {name.removeprefix(f"{network}-") for name in names if name.startswith(f"{network}-")}
        assert kinds >= PAGES | {"features-guided"}
    assert named("vgg16-occlusion").recipe.settings == {"mask": 32, "stride": 2, "fill": "grey"}
    assert named("vgg19-smoothgrad").recipe.settings == {"samples": 100, "noise": 0.25}


def test_that_every_row_names_a_target_and_a_picture_that_there_are() -> None:
    for row in rows():
        assert not isinstance(parse(row.recipe.target), UnitTarget) or row.recipe.layer is not None
        assert (row.recipe.picture is not None) is ("picture" in dependences(row.recipe))
        assert row.recipe.picture is None or open_origin(row.recipe.picture.origin).ndim == 3


def test_that_the_lectures_eight_classes_are_made_by_both_networks() -> None:
    classes = ("king-crab", "samoyed", "hourglass", "paper-towel", "ping-pong-ball", "steel-arch-bridge", "sunglass")
    for network in ("vgg16", "lite0"):
        for name in (*classes, "geyser"):
            assert named(f"synthesis-{network}-{name}").recipe.method == "edge-energy"
        assert named(f"synthesis-{network}-plain-bathtub").recipe.method == "ascent"


def test_that_the_lectures_adversaries_and_spheres_are_there_for_its_networks_and_for_those_that_ship() -> None:
    pictures = {
        "alexnet": "chelsea",
        "vgg16": "chelsea",
        "lite0": "chelsea",
        "resnet-cifar": "ship",
        "lenet": "digit-5",
    }
    spheres = {**pictures, "lite0": "coffee"}
    for network, picture in spheres.items():
        tables = [row for row in rows() if row.name.startswith(f"adversary-{network}-")]
        assert len([row for row in tables if row.recipe.method == "loss-ascent"]) == 2
        assert named(f"sphere-{network}-{picture}").recipe.method == "sphere"
    for network in ("alexnet", "vgg16"):  # as in the lecture: plain steps of the network's input
        settings = named(f"adversary-{network}-chelsea").recipe.settings
        assert settings == {"steps": 15, "rate": 0.1, "form": "plain", "space": "input"}
    bred = {row.name for row in rows() if row.name.startswith("fooling-")}
    assert {"fooling-lenet-pixels", "fooling-lenet-patterns", "fooling-lite0-patterns"} <= bred
