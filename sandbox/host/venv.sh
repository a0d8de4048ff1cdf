#!/bin/sh
# Makes the virtual environment in .venv and installs the package and its tools there.
set -eu
cd "$(dirname "$0")"
. ./steps.sh
cd ../..

# Python's own pip is as old as Python: a new one resolves in half the time.
make_environment() {
    "$python" -m venv --clear .venv
    .venv/bin/pip install --upgrade pip
}

# pip compiles on one core, and a machine may have PYTHONDONTWRITEBYTECODE set: a package that is
# not compiled here would cost every start of the product seconds.
install_product() {
    .venv/bin/pip install --no-compile --editable ".[dev]"
    .venv/bin/python -m compileall -q -j 0 -x '/(tests|pip|setuptools|mypy|mypyc)/' \
        .venv/lib/python3.*/site-packages finops_repl ||
        true # a package's template for some other Python does not compile, nor need it
}

find_python
if ! "$python" -c 'import ensurepip' 2>/dev/null; then
    may_install || fail "Python's venv module is missing (Debian, Ubuntu: sudo apt-get install python3-venv)"
    step "Installing Python's venv module from packages" install_packages python3-venv
fi
if [ ! -x .venv/bin/pip ]; then step "Making a virtual environment" make_environment; fi
step "Installing the Python packages" install_product
touch .venv/.installed
