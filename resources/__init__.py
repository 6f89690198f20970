"""What ships with the program and is no code: weights, labels, pictures, colours, icons."""

from pathlib import Path

FOLDER = Path(__file__).parent
