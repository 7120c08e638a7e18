#!/bin/sh
# Loads the files of this folder into Amazon Neptune: copies them to S3 and starts the bulk loader there.
#
#   sh load.sh s3://BUCKET/FOLDER https://ENDPOINT:8182 IAM-ROLE-ARN REGION
#   curl -s -H 'Accept: text/csv' --data-urlencode query@check.rq https://ENDPOINT:8182/sparql
#
# The loader works after this script has ended: ask for its state with the loadId that is printed. When it has ended, the second
# command must return the number in the file 'count'.
set -eu
[ $# -eq 4 ] || { echo "usage: sh load.sh s3://BUCKET/FOLDER https://ENDPOINT:8182 IAM-ROLE-ARN REGION" >&2; exit 2; }
cd "$(dirname "$0")"
aws s3 cp . "$1" --recursive --exclude '*' --include 'part-*.nq'
curl -sS --fail -X POST -H 'Content-Type: application/json' "$2/loader" -d "{\"source\": \"$1/\", \"format\": \"nquads\",
 \"iamRoleArn\": \"$3\", \"region\": \"$4\", \"failOnError\": \"TRUE\", \"parallelism\": \"HIGH\"}"
echo "expected statements: $(cat count)"
