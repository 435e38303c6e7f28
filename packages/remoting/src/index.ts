export * from './api.ts';
export * from './call.ts';
// export { createRemotingServer } from './server.ts';  (options: RemotingServerOptions) => RemotingServer
// export { createRemotingClient } from './client.ts';  (options: RemotingClientOptions) => RemotingClient
// export { RemotingError } from './errors.ts';
