"""The tabs in the centre, a file each."""
