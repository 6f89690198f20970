"""The frozen words that window, engine and command line share: recipes, requests, events, frames, targets, problems."""
