#!/bin/sh
# Sees to it that the Debian packages named as arguments are there.
#
# What is missing is installed when root runs this, and otherwise named, with status 1.
# Looks at the programs and not at the package list, so it is quick and any origin will do.
set -eu

have() {
    case "$1" in
    postgresql) ls /usr/lib/postgresql/*/bin/initdb ;;
    python3-venv) "${PYTHON:-python3}" -c 'import ensurepip, venv' ;;
    *) command -v "$1" ;; # the others are named for their program
    esac >/dev/null 2>&1
}

missing() {
    for package; do
        have "$package" || printf '%s ' "$package"
    done
}

needed=$(missing "$@")
if [ -z "$needed" ]; then
    exit 0
fi

if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    echo "installing Debian packages: $needed"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    # shellcheck disable=SC2086 # one word for each package
    apt-get install -y -qq --no-install-recommends $needed
    needed=$(missing "$@")
fi

if [ -n "$needed" ]; then
    echo "missing on this machine: $needed" >&2
    echo "install them, for example with: sudo apt-get install $needed" >&2
    exit 1
fi
