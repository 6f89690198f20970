"""Fooling pictures: bred from nothing until the network is sure of them."""
