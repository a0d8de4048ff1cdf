#!/bin/sh
# Makes a Debian trixie root from packages, as the tar that its argument names.
set -eu
cd "$(dirname "$0")"
. ./steps.sh

if ! command -v mmdebstrap >/dev/null; then
    step "Installing mmdebstrap from packages" \
        install_packages mmdebstrap debian-archive-keyring
fi
step "Making a Debian trixie root from packages" mmdebstrap --variant=minbase trixie "$1"
