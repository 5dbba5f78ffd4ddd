# One image for the Worker, the HTTP service and the command line: `docker run quiesce worker`, `api`, `list` …
#
# Debian, because Temporal's native part is not built for musl, so not for Alpine:
# https://docs.temporal.io/develop/typescript/workers/run-worker-process
ARG NODE_IMAGE=node:24.18.0-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /quiesce
COPY package.json package-lock.json .npmrc ./
# No package of ours needs its install script; package.json says so, too.
RUN npm ci --include=dev --ignore-scripts
COPY . .
# What a package holds is what an image holds.
RUN npm run build && \
    mkdir /package && \
    tar -xzf "$(npm pack --silent --ignore-scripts)" -C /package --strip-components=1

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /quiesce
COPY package.json package-lock.json .npmrc ./
# Temporal's native part comes for every platform; this image is for one. That is 110 of 335 MB.
RUN npm ci --omit=dev --ignore-scripts && \
    find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 \
      ! -name "$(uname -m)-unknown-linux-gnu" -exec rm -r {} +

FROM ${NODE_IMAGE}
# ca-certificates: the slim image has none, and Temporal's native part brings none, so no TLS without them.
# tini: as process 1, Node would ignore SIGTERM wherever a command does not listen for it.
# The user has a name, since a uid without one cannot say who is asking. A new volume takes its owner from the folder it is
# mounted over: /var/lib/quiesce for the API's keys, /metrics-key for the one that is handed to Prometheus.
# Not pinned: Debian keeps one version of a package at a time, and a pin would break the build with its next fix.
# hadolint ignore=DL3008
RUN apt-get update && \
    apt-get install -y --no-install-recommends ca-certificates tini && \
    rm -rf /var/lib/apt/lists/* && \
    useradd --uid 10001 --user-group --create-home --shell /usr/sbin/nologin quiesce && \
    install -d -o quiesce -g quiesce -m 0700 /var/lib/quiesce && \
    install -d -o quiesce -g quiesce /metrics-key
WORKDIR /opt/quiesce
COPY --from=build /package ./
COPY --from=dependencies /quiesce/node_modules ./node_modules
RUN ln -s /opt/quiesce/bin/quiesce.js /usr/local/bin/quiesce

# MALLOC_ARENA_MAX: a Worker takes about 15 % less memory with it (measured under a campaign).
ENV NODE_ENV=production \
    MALLOC_ARENA_MAX=2 \
    QUIESCE_CONFIG=/etc/quiesce/quiesce.config.yaml
# By number: Kubernetes' runAsNonRoot cannot look up a name.
USER 10001:10001
EXPOSE 8080
# No HEALTHCHECK here: what is healthy differs between a Worker, the API and a command.
ENTRYPOINT ["/usr/bin/tini", "--", "node", "/opt/quiesce/bin/quiesce.js"]
CMD ["--help"]
