"""The bar under the picture for each source: play and seek, next and previous, which camera, how thick a pen."""
