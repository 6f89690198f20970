"""Methods that hide one part of the picture after the other."""
