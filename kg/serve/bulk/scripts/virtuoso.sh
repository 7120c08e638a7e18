#!/bin/sh
# Loads the files of this folder into Virtuoso 7 with its bulk loader, and compares the number of statements.
#
#   KG_PUBLISH_PASSWORD=… sh load.sh [HOST:PORT] [SPARQL-URL]     (default: localhost:1111 http://localhost:8890/sparql)
#
# The server reads the files itself: it must run on this machine, and virtuoso.ini must allow the folder (DirsAllowed).
# LOADERS=4 loads four files at the same time. After an interruption, run it again: complete files are not loaded twice.
# The password is visible in the list of processes while isql runs.
set -eu
cd "$(dirname "$0")"
server=${1:-localhost:1111} url=${2:-http://localhost:8890/sparql}
: "${KG_PUBLISH_PASSWORD:?set it to the password of ${KG_PUBLISH_USER:-dba}}"
isql=
for name in isql-vt isql-v isql; do
    isql=$(command -v "$name") && break
done
[ -n "$isql" ] || { echo "isql of Virtuoso is missing (Debian: apt install virtuoso-opensource-7-bin)" >&2; exit 2; }
run() {
    "$isql" "$server" "${KG_PUBLISH_USER:-dba}" "$KG_PUBLISH_PASSWORD" ERRORS=STDOUT VERBOSE=OFF PROMPT=OFF BANNER=OFF exec="$1"
}
here=$(pwd | sed "s/'/''/g")
# Files that were begun and not finished are loaded again.
run "delete from DB.DBA.load_list where ll_file like '$here/part-%' and (ll_state <> 2 or ll_error is not null); commit work"
run "ld_dir('$here', 'part-%.nq', 'urn:kg:bulk')"
for _ in $(seq "${LOADERS:-1}"); do
    run "rdf_loader_run()" &
done
wait
run "checkpoint"
failed=$(run "select ll_file, ll_error from DB.DBA.load_list where ll_file like '$here/part-%' and (ll_state <> 2 or ll_error is not null)")
if [ -n "$(printf %s "$failed" | tr -d '[:space:]')" ]; then
    printf 'not loaded:\n%s\n' "$failed" >&2
    exit 1
fi
found=$(curl -sS --fail -H 'Accept: text/csv' --data-urlencode query@check.rq "$url" | tail -n 1 | tr -d '"\r')
expected=$(cat count)
echo "statements: $found of $expected"
[ "$found" = "$expected" ] || { echo "the counts differ: compare with kg publish, which sends what is missing" >&2; exit 1; }
