#!/bin/sh
# Brings Temporal's two databases to the schema of this image's release; all of it may be run again at any time.
set -eu

SQL_PASSWORD="$(cat "$POSTGRES_PASSWORD_FILE")"
export SQL_PASSWORD

tool() {
  database="$1"
  shift
  temporal-sql-tool --plugin postgres12 --ep "$POSTGRES_HOST" --port "$DB_PORT" --user "$POSTGRES_USER" --db "$database" "$@"
}

set_up() {
  tool "$1" create
  tool "$1" setup-schema -v 0.0
  # The schemas that the tool itself holds.
  tool "$1" update-schema --schema-name "postgresql/v12/$2"
}

set_up temporal temporal
set_up temporal_visibility visibility
