export * from './read.ts';
export * from './value.ts';
export * from './write.ts';
