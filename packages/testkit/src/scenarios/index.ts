export * from './placement.ts';
export * from './transactions.ts';
