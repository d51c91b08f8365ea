#!/bin/sh
# Print the first interpreter that is new enough; a clear line otherwise.
for name in python3 python3.13 python3.14 python3.12 python3.11 python; do
    if command -v "$name" >/dev/null 2>&1 &&
        "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        command -v "$name"
        exit 0
    fi
done
echo "limen needs Python 3.11 or newer; install python3.11 (or set PYTHON=/path/to/it)." >&2
exit 1
