"""What goes on in a network while it learns, told when it goes wrong."""
