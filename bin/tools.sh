#!/bin/sh
# Runs an example program by the name that tutorials use: sh bin/tools.sh org.apache.rocketmq.example.quickstart.Producer
self=$0
while [ -L "$self" ]; do # a link to this command may lie anywhere
  to=$(readlink -- "$self")
  case $to in /*) self=$to ;; *) self=$(dirname -- "$self")/$to ;; esac
done
here=$(CDPATH= cd -- "$(dirname -- "$self")" && pwd -P)
. "$here/find-runtime"
exec "$NODE" $NODE_FLAGS "$ROCKETMQ_TS_ROOT/packages/launcher/src/main/tools.ts" "$@"
