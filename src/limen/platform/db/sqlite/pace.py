"""Where the next COMMIT runs: on the event loop while the disk is fast, else in a thread.

Handing a COMMIT to a thread costs two wake-ups and two changes of the interpreter's owner, about
as much CPU as five token requests, and its answer waits until the loop lets go.  A disk with
a protected cache syncs in less time than that.  A slow disk would hold up everybody, so that
one commit above the limit sends those after it to the thread.
"""

QUICK = 0.002  # seconds that a COMMIT may hold up the loop, on average
_WEIGHT = 0.2  # of the newest in the average
_AGAIN = 256  # commits in the thread until the loop tries one itself


class Pace:
    """Remembers how long commits took; starts with the thread until some have been seen."""

    def __init__(self) -> None:
        self._average = QUICK
        self._in_thread = _AGAIN - 16

    def is_quick(self) -> bool:
        """True where the next COMMIT should run at once."""
        if self._average < QUICK:
            return True
        self._in_thread += 1
        if self._in_thread < _AGAIN:
            return False
        self._in_thread = 0
        return True

    def took(self, seconds: float) -> None:
        """Note how long a COMMIT on the loop took."""
        if self._average >= QUICK:  # it was a try: believe it whole
            self._average = seconds
        else:
            self._average += (seconds - self._average) * _WEIGHT
