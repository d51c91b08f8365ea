#!/bin/sh
# Resolve the lock files anew.  They name versions and hashes, and no address
# (docs/decisions/0001-lock-files.md).
set -eu

command -v uv >/dev/null 2>&1 || .venv/bin/python -m pip install --quiet uv
PATH="$PWD/.venv/bin:$PATH"
compile="uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes
    --no-header --no-annotate"
$compile pyproject.toml --output-file requirements.lock
$compile pyproject.toml --group dev --output-file requirements-dev.lock
printf 'hatchling\neditables\n' | $compile - --output-file requirements-build.lock
