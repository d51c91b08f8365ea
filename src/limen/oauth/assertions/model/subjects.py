"""What a subject of another issuer may look like."""


def is_subject(text: str) -> bool:
    """True for 1 to 255 printable characters (OpenID Connect Core §2 allows no more)."""
    return 0 < len(text) <= 255 and text.isprintable()
