#!/bin/sh
# Install the system packages that the tests use, where they are missing and we may;
# otherwise say which are missing.  Tests that need one of them then skip, and say so.
set -eu

[ "${LIMEN_TEST_SERVICES:-install}" != "none" ] || exit 0

has() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ]; }
has_postgres() { has initdb || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; }
has_browser() { has chromium || has chromium-browser || has google-chrome; }
has_openidc() { ls /usr/lib/apache2/modules/mod_auth_openidc.so >/dev/null 2>&1; }

missing() {
    has_postgres || printf 'postgresql '
    has redis-server || printf 'redis-server '
    has_browser || printf 'chromium '
    has apache2 || printf 'apache2 '
    has_openidc || printf 'libapache2-mod-auth-openidc '
    has node || printf 'nodejs '
    has npm || printf 'npm '
}

wanted=$(missing)
if [ -n "$wanted" ] && has apt-get; then
    if [ "$(id -u)" = 0 ]; then
        as_root=""
    elif has sudo && sudo -n true 2>/dev/null; then
        as_root="sudo -n"
    else
        as_root="none"
    fi
    if [ "$as_root" != "none" ]; then
        echo "Installing for the tests: $wanted" >&2
        export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
        # shellcheck disable=SC2086
        { $as_root apt-get update -qq && $as_root apt-get install -y -qq --no-install-recommends \
            $wanted; } >/dev/null 2>&1 || true
    fi
fi

wanted=$(missing)
[ -z "$wanted" ] || echo "missing for some tests, which will be skipped: $wanted" >&2

if [ -f tests/e2e/package-lock.json ] && has npm; then
    stamp=tests/e2e/node_modules/.stamp
    if [ ! -f "$stamp" ] || [ tests/e2e/package-lock.json -nt "$stamp" ]; then
        (cd tests/e2e && npm ci --silent --no-audit --no-fund >&2) && touch "$stamp" ||
            echo "missing for some tests: npm ci in tests/e2e failed" >&2
    fi
fi
