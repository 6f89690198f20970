"""The same rules as for the other tests of the window: settings of their own, and nothing left behind."""

from tests.gui.conftest import nothing_left_behind, settings_of_its_own

__all__ = ["nothing_left_behind", "settings_of_its_own"]
