"""From a name to what a network sees: files, samples, noise, scenes, and what covers a part of a picture."""
