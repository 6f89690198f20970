"""The settings that all maps of a data set have under the same names."""

from typing import Any

from analysis.methods.settings import setting


def pictures() -> Any:
    return setting(2000, "How many pictures of the data set, as many of each class as can be.", low=4, high=50_000)


def dimensions() -> Any:
    return setting(2, "Of the map: 2 for a plane, 3 for space.", low=2, high=3)


def pool() -> Any:
    return setting(
        "automatic",
        "What of a layer is compared: all its numbers, or the mean or the largest of each unit.",
        choices=("automatic", "whole", "mean", "max"),
    )


def components() -> Any:
    return setting(50, "Wider layers are first laid on so many principal components.", low=0, high=500, lowest="not")


def neighbours() -> Any:
    return setting(10, "True neighbours that vote, and that a map is measured by.", low=1, high=100)


def clusters() -> Any:
    return setting(10, "Clusters of k-means, as a colour.", low=1, high=100)
