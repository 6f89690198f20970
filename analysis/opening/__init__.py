"""From what a person chose to a network that runs: files, consent, weights, and how pictures are prepared."""
