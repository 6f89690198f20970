"""The window: it never computes, it asks the engine and shows what comes back."""
