"""What a script or a notebook asks, of networks and pictures that it has in memory."""
