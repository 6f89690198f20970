"""One file for each dock or tab of the window."""
