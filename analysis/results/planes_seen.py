"""Which planes of a picture are looked at where nobody chose: those of colours, or one in grey."""

MOST_PLANES = 3  # of a picture file


def shown_of(count: int) -> tuple[int, ...]:
    """Of three and four planes those of colours, else the first."""
    return (0, 1, 2) if count in (3, 4) else (0,)


def in_a_file(channels: int) -> bool:
    """Whether a picture file holds them all."""
    return channels <= MOST_PLANES


def looked_at_words(channels: int) -> str:
    """Which are seen, where that is not all of them."""
    if in_a_file(channels):
        return ""
    shown = shown_of(channels)
    which = "plane 0 is" if len(shown) == 1 else f"planes 0 to {len(shown) - 1} are"
    return f"Of its {channels} planes {which} looked at; all of them are in an .npz."
