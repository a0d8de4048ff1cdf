# Sourced by the set-up scripts: a long step is one line with its seconds, its noise is shown
# only when it fails, and what a person must do is one line on stderr.

fail() {
    echo "finops-repl set-up: $*" >&2
    exit 1
}

# step TITLE COMMAND...
step() {
    title=$1
    shift
    began=$(date +%s)
    noise=$(mktemp)
    printf '%s ... ' "$title"
    if "$@" >"$noise" 2>&1 </dev/null; then
        echo "$(($(date +%s) - began)) s"
        rm -f "$noise"
        return
    fi
    echo "failed"
    tail -n 25 "$noise" >&2
    rm -f "$noise"
    fail "\"$title\" failed; the end of its output is above"
}

# install_packages NAME...: for a step of root on Debian or Ubuntu
install_packages() {
    # A source that cannot be refreshed does not matter if the packages are found all the same.
    apt-get update || true
    DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "$@"
}

may_install() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null
}

# Sets $python to the first interpreter that is new enough.
find_python() {
    for python in "${PYTHON:-python3}" python3.13 python3.12 python3.11; do
        if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            return
        fi
    done
    fail "Python 3.11 or newer is needed; install it, or name it: make PYTHON=/path/to/python3"
}
