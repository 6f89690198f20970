"""Tests of a trick that is there for speed only are skipped where it is turned off (see `analysis.quick.switch`)."""

import pytest

from analysis.quick.switch import VARIABLE, Trick, plain


def uses(*tricks: Trick) -> pytest.MarkDecorator:
    """Marks a test that sees that these are at work."""
    off = [trick for trick in tricks if plain(trick)]
    return pytest.mark.skipif(bool(off), reason=f"{VARIABLE} turns off {', '.join(off)}")
