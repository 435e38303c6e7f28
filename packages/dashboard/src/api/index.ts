export * from './brokers.ts';
export * from './clusters.ts';
export * from './controllers.ts';
export * from './field.ts';
export * from './operations.ts';
export * from './overview.ts';
export * from './page.ts';
export * from './route.ts';
