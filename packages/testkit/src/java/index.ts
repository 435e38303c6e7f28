// Real programs in real time: the second door of the test kit. The first one has only what is simulated.
export * from './apache.ts';
export { compatDirectory, javaAvailable, javaClassPath, javaVersion } from './class-path.ts';
export { brokerPortOffsets, freePort } from './ports.ts';
export { lastWords, type Program, startProgram } from './program.ts';
export { brokerIsRegistered } from './registration.ts';
