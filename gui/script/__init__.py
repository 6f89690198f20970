"""The window beside a script or a notebook, which has the network in its memory."""
