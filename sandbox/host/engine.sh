#!/bin/sh
# Makes sure that a Docker engine answers. One that runs is used as it is; as root on Debian or
# Ubuntu a missing one is installed from packages and started; else one line says what to do.
set -eu
cd "$(dirname "$0")"
. ./steps.sh

LOG=/var/log/finops-repl-dockerd.log

answers() {
    if command -v docker >/dev/null; then
        timeout 10 docker version >/dev/null 2>&1
    elif [ -n "${DOCKER_HOST:-}" ]; then
        true # nothing here speaks its protocol yet; the image step asks it
    else
        "$python" -c 'import socket; socket.socket(socket.AF_UNIX).connect("/var/run/docker.sock")' \
            2>/dev/null
    fi
}

start_daemon() {
    if [ -d /run/systemd/system ]; then
        systemctl start docker
        answers
        return
    fi
    forget_dead dockerd /var/run/docker.pid
    forget_dead containerd /var/run/docker/containerd/containerd.pid
    (umask 077 && : >"$LOG")
    # Detached from make and its terminal: the next set-up finds it running.
    setsid nohup dockerd >>"$LOG" 2>&1 </dev/null &
    for _ in $(seq 100); do
        if answers; then return; fi
        if ! kill -0 $! 2>/dev/null; then break; fi
        sleep 0.3
    done
    tail -n 20 "$LOG"
    return 1
}

# A killed daemon leaves its pid files behind, and dockerd does not start beside any process that
# bears such a number, be it a stranger or a dead process that nobody has reaped.
forget_dead() {
    pid=$(cat "$2" 2>/dev/null || true)
    if [ -n "$pid" ] && ! grep -qs "$1" "/proc/$pid/cmdline"; then rm -f "$2"; fi
}

find_python
if answers; then exit; fi
if [ -n "${DOCKER_HOST:-}" ]; then
    fail "no Docker engine answers at DOCKER_HOST=$DOCKER_HOST: start it, or unset DOCKER_HOST"
fi
if [ -S /var/run/docker.sock ] && [ ! -w /var/run/docker.sock ]; then
    fail "this user may not use the Docker engine: sudo usermod -aG docker \"\$USER\", then log in again"
fi
if ! may_install; then
    fail "no Docker engine answers: start Docker, or install it (Debian, Ubuntu: sudo apt-get install docker.io)"
fi
if ! command -v dockerd >/dev/null; then
    step "Installing a Docker engine from packages" install_packages docker.io iptables
fi
if ! answers; then step "Starting the Docker engine" start_daemon; fi
