"""Picture sources: whatever they look at, they all give frames."""

from PySide6.QtCore import QLoggingCategory

# QtMultimedia's notes (libraries that are not installed, files it cannot open) would be printed when it is imported and
# used. What does not work is said by the sources in words.
QLoggingCategory.setFilterRules("qt.multimedia.*=false")
