"""Reusable views: pictures, mosaics, bars, strips and forms."""
