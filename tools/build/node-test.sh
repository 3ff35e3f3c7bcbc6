#!/bin/sh
# usage: node-test.sh [NAME=VALUE...] FILE
# Runs a test file of node's runner, with these variables. Where node can, it tells Bazel of every
# case; older ones are counted as one.
set -eu
while [ "${1#*=}" != "$1" ]; do
  export "$1"
  shift
done
reportsCases='process.exit(require("node:test/reporters").junit === undefined ? 1 : 0)'
if [ -n "${XML_OUTPUT_FILE:-}" ] && node -e "$reportsCases" 2>/dev/null; then
  exec node --test --test-reporter=spec --test-reporter-destination=stdout \
    --test-reporter=junit --test-reporter-destination="$XML_OUTPUT_FILE" "$1"
fi
exec node --test "$1"
