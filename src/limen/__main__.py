"""`limen`, and `python -m limen`."""

import sys


def main() -> None:
    from limen.cli import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
