export * from './bloom/bloom-filter.ts';
export * from './errors.ts';
export * from './message-filter.ts';
export * from './sql/sql-filter.ts';
export * from './tag-code.ts';
export * from './tag-expression.ts';
