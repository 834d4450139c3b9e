#!/bin/sh
# Runs a command as the first process of a container does not run well itself: what is left of others is reaped, signals
# are passed on, and the end of the command is the end of this, with its exit code (128 + n after signal n).
#
#   sh init.sh node guard.js

# A shell gives a command in the background no input, unless it is told to. No signal but these may end the first process.
exec 9<&0
export MANIFOLD_INIT=1
if [ "${LISTEN_PID:-}" = "$$" ]; then
  # The sockets are for the command.
  sh -c 'LISTEN_PID=$$; export LISTEN_PID; exec "$@"' sh "$@" <&9 9<&- &
else
  "$@" <&9 9<&- &
fi
child=$!

interrupted=
pass() {
  interrupted=1
  kill -s "$1" "$child" 2>/dev/null
}
for signal in TERM HUP USR1 USR2; do
  # shellcheck disable=SC2064
  trap "pass $signal" "$signal"
done
if [ -t 9 ]; then
  # The terminal sends these to the command as well.
  trap 'interrupted=1' INT QUIT
else
  trap 'pass INT' INT
  trap 'pass QUIT' QUIT
fi

# While the shell waits for the one, it takes leave of all others that end. A signal ends the wait too early; then the next
# wait tells how the command ended, unless the first one had done so.
status=
while :; do
  interrupted=
  wait "$child"
  now=$?
  [ "$now" -eq 127 ] && [ -n "$status" ] && break
  status=$now
  [ -z "$interrupted" ] && break
done
exit "$status"
