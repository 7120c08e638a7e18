#!/bin/sh
# Loads the files of this folder into a repository of GraphDB with its offline loader. The server must be stopped.
#
#   sh load.sh REPOSITORY
#   curl -s -H 'Accept: text/csv' --data-urlencode query@check.rq http://localhost:7200/repositories/REPOSITORY
#
# The second command, after the server was started, must return the number in the file 'count'.
set -eu
repository=${1:?give the id of the repository: sh load.sh REPOSITORY}
cd "$(dirname "$0")"
importrdf preload --force --id "$repository" part-*.nq
echo "expected statements: $(cat count)"
