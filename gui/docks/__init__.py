"""The panels around the centre: network, picture, unit, predictions."""
