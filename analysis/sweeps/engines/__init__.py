"""Who runs shards: this process, several on this machine, or many machines. Each is five calls."""
