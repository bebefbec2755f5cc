# Shared by the subjects: brokers that `bench/run compare` starts, measures and stops. Sourced, not run.
#
# A subject is a programme with two verbs, so that anyone can add one (bench/run compare --subject NAME=COMMAND):
#   COMMAND up FOLDER     starts it, with all its files in FOLDER, and comes back when it serves. It has then written
#                           FOLDER/ports  host:port for clients, one a line; clients are spread over them
#                           FOLDER/pids   the processes that make up the subject, one a line; their children are found
#                           FOLDER/note   one line: what it is, and what it does before it acknowledges
#   COMMAND down FOLDER   stops those processes; FOLDER is the caller's to remove
#
# What is alike in all of them: loopback, no TLS, anybody may connect, TCP_NODELAY, $inflight messages on their way to a
# client at a time, queues that are long enough for every load here. What differs is what each does to be safe; it is in its note.
set -euo pipefail
subjects=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
repository=$(cd "$subjects/../.." && pwd -P)
. "$repository/testbed/common.sh"

verb=${1:-} folder=${2:-}
base=${BENCH_PORT:-17000}   # the first of 300 ports that subjects may use
inflight=100
[[ $verb == up || $verb == down ]] && [[ $folder == /* ]] || die "usage: $(basename "$0") up|down /FOLDER"

# begin NAME COMMAND…: starts a process of the subject in a process group of its own, with its output in FOLDER/NAME.log.
begin() {
  local name=$1
  shift
  setsid "$@" </dev/null >"$folder/$name.log" 2>&1 &
  echo $! >>"$folder/pids"
}

# await SECONDS WHAT COMMAND…: until the command succeeds; gives up, and shows why, when a process of the subject has ended.
await() {
  local end=$((SECONDS + $1)) what=$2 pid
  shift 2
  until "$@" >/dev/null 2>&1; do
    for pid in $(cat "$folder/pids"); do
      kill -0 "$pid" 2>/dev/null || { tail -n 15 "$folder"/*.log >&2; down; die "$what: a process ended by itself"; }
    done
    ((SECONDS < end)) || { tail -n 15 "$folder"/*.log >&2; down; die "$what: not within its time"; }
    sleep 0.1
  done
}

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Every process of the subject leads its own group: a polite signal, five seconds, then the other one.
down() {
  local pid end=$((SECONDS + 5))
  [ -f "$folder/pids" ] || return 0
  for pid in $(cat "$folder/pids"); do kill -TERM -- "-$pid" 2>/dev/null || true; done
  for pid in $(cat "$folder/pids"); do
    while kill -0 -- "-$pid" 2>/dev/null && ((SECONDS < end)); do sleep 0.05; done
    kill -KILL -- "-$pid" 2>/dev/null || true
  done
  rm -f "$folder/pids"
}

serve() { if [[ $verb == up ]]; then mkdir -p "$folder"; : >"$folder/pids"; up; else down; fi; }
