"""How the program begins and is ended from outside, what it shares with the system, and what nobody foresaw."""
