# The operator's image: Node and one bundle, no npm, no dependencies, no root.
#
#   docker build -t immutableapp:0.1.0 .
#
# Both bases can be replaced, by a mirror or by one of your own. BUILD_BASE needs Node 24 with npm, BASE a Node 24 as `node` on the
# PATH and nothing else, not even a shell:
#
#   docker build --build-arg BASE=… --build-arg BUILD_BASE=… -t immutableapp:0.1.0 .
ARG BUILD_BASE=node:24-slim
ARG BASE=node:24-slim

FROM ${BUILD_BASE} AS build
WORKDIR /src
COPY package.json package-lock.json ./
# No package here needs its install script: the one that does, node@24, is only for machines without Node 24.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json ./
COPY scripts/build.ts scripts/
COPY src src
RUN node scripts/build.ts

FROM ${BASE}
LABEL org.opencontainers.image.title="immutableapp" \
      org.opencontainers.image.description="A Kubernetes operator that makes rollouts immutable" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production
COPY LICENSE /app/
COPY --from=build /src/dist /app
COPY --from=build /src/package.json /app/
# As in deploy/base/deployment.yaml. The root file system may be read-only: nothing is ever written.
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["node", "/app/immutableapp.js"]
