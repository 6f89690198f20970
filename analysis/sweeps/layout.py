"""The names of what is in an atlas's folder."""

ABOUT = "atlas.json"
FORMAT = 1
PACK, INDEX = "crops.bin", "crops.npy"
SPEC, DATABASE = "spec.json", "atlas.db"
NODES, POOLED, NOTES, CLAIM = "nodes", "pooled", "working", "sweep.lock"
