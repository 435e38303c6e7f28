export * from './codec/index.ts';
export * from './command/table.ts';
export * from './errors.ts';
export * from './model/index.ts';
export * from './names.ts';
