"""The engine: the only owner of model and device, what it shows live and what it computes as jobs."""
