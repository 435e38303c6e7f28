#!/bin/sh
# Runs an example program by the name that tutorials use: sh bin/tools.sh org.apache.rocketmq.example.quickstart.Producer
self=$0
# `sh tools.sh` finds the command by PATH and keeps its bare name.
case $self in */*) ;; *) [ -f "$self" ] || self=$(command -v -- "$self" || echo "$self") ;; esac
while [ -L "$self" ]; do # a link to this command may lie anywhere
  to=$(readlink -- "$self")
  case $to in /*) self=$to ;; *) self=$(dirname -- "$self")/$to ;; esac
done
here=$(CDPATH= cd -- "$(dirname -- "$self")" && pwd -P)
[ -f "$here/find-runtime" ] || here=${ROCKETMQ_HOME:-.}/bin
[ -f "$here/find-runtime" ] || { echo "tools.sh: its folder bin/ was not found; run it with its path (sh <checkout>/bin/tools.sh) or set ROCKETMQ_HOME to the checkout" >&2; exit 1; }
. "$here/find-runtime"
exec "$NODE" $NODE_FLAGS "$ROCKETMQ_TS_ROOT/packages/launcher/src/main/tools.ts" "$@"
