#!/bin/sh
# Makes the virtual environment in .venv and installs the package and its tools there.
set -eu
cd "$(dirname "$0")"
. ./steps.sh
cd ../..

find_python
if ! "$python" -c 'import ensurepip' 2>/dev/null; then
    may_install || fail "Python's venv module is missing (Debian, Ubuntu: sudo apt-get install python3-venv)"
    step "Installing Python's venv module from packages" install_packages python3-venv
fi
if [ ! -x .venv/bin/pip ]; then
    step "Making a virtual environment" "$python" -m venv --clear .venv
fi
step "Installing the Python packages" .venv/bin/pip install --disable-pip-version-check -e ".[dev]"
touch .venv/.installed
