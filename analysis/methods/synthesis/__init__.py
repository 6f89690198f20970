"""What a network would like to see: pictures that are made from nothing, or from the one that is shown."""
