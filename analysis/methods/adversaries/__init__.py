"""Adversaries: a picture is changed a little, so that the network answers otherwise."""
