export * from './api.ts';
export * from './call.ts';
export { createRemotingClient } from './client.ts';
export { RemotingError, type RemotingErrorCode, remotingErrors } from './errors.ts';
export { remotingLimits } from './limit-entries.ts';
export { AnswerMemory } from './memory/answer-memory.ts';
export type { Interceptor, Refusal } from './serve/interceptor.ts';
export { createRemotingServer } from './server.ts';
