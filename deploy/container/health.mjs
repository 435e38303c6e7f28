// Health check of a container: 0 when the server of this container takes requests. HEALTH_PORT: default 8081.
const port = process.env.HEALTH_PORT ?? '8081';
try {
  const answer = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(2500) });
  process.exit(answer.ok ? 0 : 1);
} catch {
  process.exit(1);
}
