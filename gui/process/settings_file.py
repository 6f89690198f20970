"""Whether what was changed is kept for the next start, and what to say if it is not."""

from __future__ import annotations

from PySide6.QtCore import QSettings


def is_saved(settings: QSettings) -> bool:
    """After a `sync`."""
    return settings.status() == QSettings.Status.NoError


def unsaved(settings: QSettings) -> str:
    return (
        f"What you change is not kept for the next start: {settings.fileName()} cannot be written; make room on its "
        "disk, or give yourself the right to write it."
    )
