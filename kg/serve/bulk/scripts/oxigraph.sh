#!/bin/sh
# Loads the files of this folder into a store of Oxigraph with its bulk loader, and compares the number of statements.
#
#   sh load.sh STORE
#
# No server may have the store open. If it is interrupted, remove the store and run it again.
set -eu
store=${1:?give the folder of the store: sh load.sh STORE}
mkdir -p "$store"
store=$(cd "$store" && pwd)
cd "$(dirname "$0")"
# Some builds of Oxigraph abort when they close a store that is complete, so the count decides, not the exit status.
oxigraph load --location "$store" --file part-*.nq || echo "oxigraph load ended with status $?; the count decides" >&2
found=$({ oxigraph query --location "$store" --query-file check.rq --results-format csv || :; } | tail -n 1 | tr -d '\r')
expected=$(cat count)
echo "statements: $found of $expected"
[ "$found" = "$expected" ] || { echo "the counts differ: remove the store and load again" >&2; exit 1; }
