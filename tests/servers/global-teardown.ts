export default async function globalTeardown(): Promise<void> {
  const { serverKeeper } = globalThis as unknown as { serverKeeper: { stop(): Promise<void> } };
  await serverKeeper.stop();
}
