#!/bin/sh
# first-key.sh <name> <scopes> [<file>]: makes an API key, once. It is printed, or kept in the file.
set -eu

name="$1"
scopes="$2"
file="${3:-}"

if quiesce keys list --output json 2>/dev/null | grep -q "\"name\":\"$name\""; then
  if [ -z "$file" ] || [ -s "$file" ]; then
    echo "There is a key $name already."
    exit 0
  fi
  # What was to be kept is lost: another takes its place.
  quiesce keys revoke "$name"
fi
if [ -z "$file" ]; then
  quiesce keys create "$name" --scope "$scopes"
else
  quiesce keys create "$name" --scope "$scopes" >"$file"
fi
