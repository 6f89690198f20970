"""What a network that predicts pictures makes of simulated scenes."""
