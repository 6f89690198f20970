"""What ends a command from outside; light, because it is there before anything else is imported."""


class Interrupted(KeyboardInterrupt):
    """The person pressed Ctrl+C, or the system asked; `status` is what a shell says of that."""

    def __init__(self, status: int = 130) -> None:
        super().__init__()
        self.status = status
