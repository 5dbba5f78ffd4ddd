#!/bin/sh
# Makes the passwords that docker-compose.yml asks for, those that are not there yet, and folders for the clouds' credentials and Temporal's.
# Only you and root get into deploy/secrets; below it the files can be read, since a container's user is none of this machine's.
set -eu
umask 022

folder="$(dirname "$0")/secrets"
mkdir -p "$folder/worker" "$folder/temporal"
chmod 700 "$folder"
chmod 755 "$folder/worker" "$folder/temporal"
for name in postgres-password grafana-password; do
  if [ ! -s "$folder/$name" ]; then
    od -An -N24 -tx1 /dev/urandom | tr -d ' \n' >"$folder/$name"
    echo "Made $folder/$name."
  fi
done
