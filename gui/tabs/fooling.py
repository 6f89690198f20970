"""The Fooling tab: pictures bred from nothing, for every class at once, until the network is sure of them."""

from __future__ import annotations

from gui.tabs.tab import Tab

FOOLING = Tab(
    key="fooling",
    title="Fooling",
    help="Pictures of nothing that a network is sure of",
    families=("fooling",),
    empty=(
        "Press Run: pictures are bred from nothing. A child takes every class that the network sees more in it than in "
        "the champion there. Stop keeps what there is, and Run goes on from it."
    ),
    notes_over=False,
)
