#!/bin/sh
# first-key.sh <name> <scopes> [<file>]: makes an API key, once. It is printed, or kept in the file.
set -eu

name="$1"
scopes="$2"
file="${3:-/dev/stdout}"

# A key that was not kept is made anew; with no file to look in, being known is enough.
if quiesce keys list --output json 2>/dev/null | grep -q "\"name\":\"$name\""; then
  if [ "$file" = /dev/stdout ] || [ -s "$file" ]; then
    echo "There is a key $name already." >&2
    exit 0
  fi
  quiesce keys revoke "$name"
fi
quiesce keys create "$name" --scope "$scopes" >"$file"
