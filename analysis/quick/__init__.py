"""Everything that is there for speed only; each is compared with the plain way before it is used."""
