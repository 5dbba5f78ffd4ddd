#!/bin/sh
# start-server.sh <command …>: the server takes its password from the environment alone; a file keeps it out of `docker inspect`.
set -eu

POSTGRES_PWD="$(cat "$POSTGRES_PASSWORD_FILE")"
export POSTGRES_PWD
exec "$@"
