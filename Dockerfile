# One image for all processes; the command says which: node api/main.ts, relay/main.ts, workers/main.ts, tools/migrate.ts.
FROM node:24-bookworm-slim
WORKDIR /app
ENV NODE_ENV=production
COPY package.json package-lock.json ./
COPY prisma ./prisma
COPY tools/generate.ts ./tools/generate.ts
RUN npm ci --omit=dev && npm cache clean --force
COPY . .
RUN node tools/build-dashboard.ts
RUN mkdir -p /data && chown node:node /data
USER node
ENV AGENTGATEWAY_DATA_DIR=/data
VOLUME /data
CMD ["node", "api/main.ts"]
