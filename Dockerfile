# One image for every process; the command chooses which.
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
COPY . .
RUN npm ci --ignore-scripts --loglevel=error && node scripts/build.mjs && npm prune --omit=dev --omit=optional --ignore-scripts --loglevel=error

FROM node:24.21.0-bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends git tini && rm -rf /var/lib/apt/lists/*
RUN install -d -o node -g node /data /workspaces
WORKDIR /app
COPY --from=build --chown=root:root /app /app
ENV NODE_ENV=production HEALTH_HOST=0.0.0.0 HEALTH_PORT=8080
USER node
ENTRYPOINT ["tini", "--", "node"]
CMD ["gateway/dist/main.js"]
