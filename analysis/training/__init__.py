"""How the networks that ship were made: `python -m analysis.training NAME --out FOLDER` makes them again."""
