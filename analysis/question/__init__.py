"""What is asked of a network, as one number for each picture, its derivatives, and what it takes to ask fairly."""
