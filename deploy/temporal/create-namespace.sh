#!/bin/sh
# Makes the namespace where there is none, and waits until the server takes requests for it.
set -eu

attempts=60
until temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; do
  attempts=$((attempts - 1))
  if [ "$attempts" -eq 0 ]; then
    echo "There is no namespace $TEMPORAL_NAMESPACE yet; the lines above say why." >&2
    exit 1
  fi
  # Its failure is told and tried again: the server may be up without being ready.
  temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION" || true
  sleep 2
done
echo "Namespace $TEMPORAL_NAMESPACE is there."
