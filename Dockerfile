# The operator's image: Node, the bundle and the C library they need. No shell, no npm, no root; nothing is ever written. The page in the cluster
# is in it, too, under another command: node /app/page.js.
#
#   docker build -t immutableapp:0.1.0 .
#
# Both bases can be replaced, by a mirror or by one of your own. BUILD_BASE has Node 24 with npm and a shell. BASE has glibc and libstdc++,
# and needs nothing else: Node comes from BUILD_BASE, so that the image runs the very Node it was built with.
#
#   docker build --build-arg BASE=… --build-arg BUILD_BASE=… -t immutableapp:0.1.0 .
#
# A registry of your own, or a proxy with a certificate of its own, is a secret of the build; neither is left in the image:
#
#   docker build --secret id=npmrc,src=$HOME/.npmrc --secret id=ca,src=/etc/ssl/certs/ca-certificates.crt -t immutableapp:0.1.0 .
ARG BUILD_BASE=node:24-slim
ARG BASE=gcr.io/distroless/cc-debian12:nonroot

FROM ${BUILD_BASE} AS build
WORKDIR /src
RUN node -e 'fs.copyFileSync(process.execPath, "node")'
COPY .npmrc package.json package-lock.json ./
# No package here needs its install script: the one that does, node@24, is only for machines without Node 24.
RUN --mount=type=secret,id=npmrc --mount=type=secret,id=ca \
    NPM_CONFIG_USERCONFIG=/run/secrets/npmrc NODE_EXTRA_CA_CERTS=/run/secrets/ca npm ci --ignore-scripts
COPY tsconfig.json ./
COPY scripts/build.ts scripts/
COPY src src
RUN node scripts/build.ts

FROM ${BASE}
COPY --from=build /src/node /usr/local/bin/
LABEL org.opencontainers.image.title="immutableapp" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.description="A Kubernetes operator that makes rollouts immutable" \
      org.opencontainers.image.licenses="Apache-2.0"
# One arena for what is allocated outside of V8's heap: one for each of its threads would keep 13 MB more.
ENV NODE_ENV=production MALLOC_ARENA_MAX=1
COPY LICENSE package.json /app/
COPY --from=build /src/dist /app
# As in deploy/base/deployment.yaml.
USER 65532:65532
EXPOSE 8080
# Under a limit of 512Mi Node would take 1 MiB for what is young, and move to the old much that is soon garbage: with 8,000 Apps a fifth of the
# CPU, and more memory for it.
ENTRYPOINT ["/usr/local/bin/node", "--max-semi-space-size=8", "/app/immutableapp.js"]
