#!/bin/sh
# Builds an index of QLever from the files of this folder. Start its server on the index, then compare the number of statements:
#
#   sh load.sh INDEX
#   curl -s -H 'Accept: text/csv' --data-urlencode query@check.rq http://localhost:7001     (expected: the file 'count')
#
# INDEX is the path of the index without its suffixes. If it is interrupted, run it again.
set -eu
index=${1:?give the path of the index: sh load.sh INDEX}
case $index in /*) ;; *) index=$(pwd)/$index ;; esac
cd "$(dirname "$0")"
cat part-*.nq | IndexBuilderMain -i "$index" -F nq -f -
echo "index: $index; expected statements: $(cat count)"
