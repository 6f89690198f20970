"""One file for each kind of job: a generator of short steps, each an event."""
