export * from './body/index.ts';
export * from './codec/index.ts';
export * from './command/index.ts';
export * from './errors.ts';
export * from './json/index.ts';
export * from './message/index.ts';
export * from './model/index.ts';
export * from './names.ts';
