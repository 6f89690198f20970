"""The window and its session: what is opened, who listens to whom, what the commands do."""
