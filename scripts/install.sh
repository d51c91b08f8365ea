#!/bin/sh
# install.sh PYTHON LOCK: put the packages of a lock file, and Limen itself, into .venv.
# Every package is checked against the hashes of the lock file.
set -eu

python=$1
lock=$2
[ -n "$python" ] || exit 1

export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1

if [ ! -x .venv/bin/python ]; then
    echo "Making .venv with $python ..." >&2
    # Where the system splits venv into a package of its own, the system's pip does.
    "$python" -m venv .venv >/dev/null 2>&1 || "$python" -m venv --without-pip .venv
fi
if .venv/bin/python -m pip --version >/dev/null 2>&1; then
    pip=".venv/bin/python -m pip"
else
    pip="$python -m pip --python .venv/bin/python"
fi

echo "Installing from $lock ..." >&2
$pip install --quiet --require-hashes --only-binary :all: -r "$lock" ||
    $pip install --quiet --require-hashes -r "$lock" # builds what has no wheel here
$pip install --quiet --require-hashes -r requirements-build.lock
$pip install --quiet --no-deps --no-build-isolation --editable .
.venv/bin/python -m compileall -q src
