#!/bin/sh
# Load MOCO into PostgreSQL now, and again EVERY so many seconds; without EVERY, once.
# Settings come from TAP_MOCO_… and TARGET_POSTGRES_…; the state is in DATA.
set -eu

data=${DATA:-/data}
state=$data/state.json
confirmed=$data/confirmed.jsonl
status=$data/status
pid=$data/tap.pid
tap=${TAP:-/opt/tap/bin/tap-moco}
target=${TARGET:-/opt/target/bin/target-postgres}

# The target writes each state that it has confirmed, and the last one counts. A run
# that was killed leaves some, too; its last line may be half written.
keep_state() {
    last=$(grep '^{.*}$' "$confirmed" 2>/dev/null | tail -n 1) || last=
    if [ -n "$last" ]; then
        printf '%s\n' "$last" >"$state.new"
        mv "$state.new" "$state"
    fi
    rm -f "$confirmed"
}

# The tap's process id is kept, so that a signal can be passed on to it.
load() {
    keep_state
    set -- --config=ENV
    [ ! -e "$state" ] || set -- "$@" --state "$state"
    loaded=0
    { sh -c 'echo $$ >"$0"; exec "$@"' "$pid" "$tap" "$@" &&
        echo 0 >"$status" || echo $? >"$status"; } |
        "$target" --config=ENV >"$confirmed" || loaded=$?
    rm -f "$pid"
    keep_state
    read=$(cat "$status")
    echo "load: the tap ended with $read, the target with $loaded" >&2
    [ "$read" = 0 ] && [ "$loaded" = 0 ]
}

# The tap ends a request and writes its state; the target loads what came so far.
stop() {
    kill "$(cat "$pid" 2>/dev/null || echo "$job")" 2>/dev/null || true
    wait
    exit 143
}

# A signal ends `wait`, but no command in the foreground.
job=
trap stop TERM INT
while :; do
    begin=$(date +%s)
    load &
    job=$!
    wait "$job" && result=0 || result=$?
    [ -n "${EVERY:-}" ] || exit "$result"
    rest=$((begin + EVERY - $(date +%s)))
    if [ "$rest" -gt 0 ]; then
        sleep "$rest" &
        job=$!
        wait "$job"
    fi
done
