"""What asks the person: settings, method, target; it never runs anything."""
