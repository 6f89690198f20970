"""Many pictures under one name, with their labels: what networks are asked about by the hundred."""
