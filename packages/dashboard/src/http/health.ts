import type { FastifyInstance } from 'fastify';
import type { ClusterRegistry } from '../clusters/registry.ts';

/** The pages `/livez` and `/readyz`, for probes. The console is ready once the name servers of a cluster answer. */
export function serveHealth(app: FastifyInstance, registry: ClusterRegistry): void {
  app.get('/livez', (_request, reply) => reply.type('text/plain').send('ok\n'));
  app.get('/readyz', (_request, reply) => {
    const problems = registry.list().map(({ name, model }) => {
      if (model.discoveryOutage !== undefined) return `${name}: ${model.discoveryOutage.message}`;
      return model.discoveredAtMs === undefined ? `${name}: not asked yet` : undefined;
    });
    if (problems.length === 0 || problems.some((problem) => problem === undefined)) {
      return reply.type('text/plain').send('ok\n');
    }
    return reply
      .code(503)
      .type('text/plain')
      .send(`${problems.join('\n')}\n`);
  });
}
