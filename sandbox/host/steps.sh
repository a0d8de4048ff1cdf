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
