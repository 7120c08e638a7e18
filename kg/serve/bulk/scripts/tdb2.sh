#!/bin/sh
# Loads the files of this folder into a TDB2 store of Apache Jena, and compares the number of statements.
#
#   sh load.sh STORE
#
# No server may have the store open. If it is interrupted, remove the store and run it again.
set -eu
store=${1:?give the folder of the store: sh load.sh STORE}
mkdir -p "$store"
store=$(cd "$store" && pwd)
cd "$(dirname "$0")"
tdb2.tdbloader --loader=parallel --loc "$store" part-*.nq
found=$(tdb2.tdbquery --loc "$store" --query check.rq --results=csv | tail -n 1 | tr -d '\r')
expected=$(cat count)
echo "statements: $found of $expected"
[ "$found" = "$expected" ] || { echo "the counts differ: remove the store and load again" >&2; exit 1; }
