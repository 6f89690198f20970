"""Arrays to pixels: colour maps, mosaics, overlays and figures for export."""
