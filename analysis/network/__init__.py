"""What a network is here: a module with its preprocessing, labels, layers and device."""
