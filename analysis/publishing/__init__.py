"""An atlas as a web site that needs no server: pages written to be read, one style sheet, one small script."""
