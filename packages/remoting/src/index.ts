export { AnswerMemory } from './answer-memory.ts';
export * from './api.ts';
export * from './call.ts';
export { createRemotingClient } from './client.ts';
export { RemotingError, type RemotingErrorCode, remotingErrors } from './errors.ts';
export type { RemotingLimits } from './limits.ts';
export { createRemotingServer } from './server.ts';
