"""What a technique can give, and what it says before anybody draws it."""
