#!/bin/sh
# Makes .venv from the interpreter named as the argument, or says in plain words why it cannot.
set -eu

PYTHON=$1
export PYTHON

if ! "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "Sealift needs Python 3.11 or later, and '$PYTHON' is not: try make PYTHON=python3.13" >&2
    exit 1
fi

sh tools/system-packages.sh python3-venv
echo "setting up .venv: a minute or two the first time"
# A half-made folder would look finished the next time.
"$PYTHON" -m venv --clear .venv || { rm -rf .venv; exit 1; }
