export { type MqsenderIo, runMqsender } from './cli/run.ts';
export { type IdempotentHandler, type IdempotentOptions, idempotent } from './consume/idempotent.ts';
export type { DatabaseOptions, MysqlOptions, PostgresOptions, SqliteOptions } from './database/database-options.ts';
export type { KeptOptions } from './database/kept-options.ts';
export type { SavedFilter, SavedMessage, SavedState } from './database/port.ts';
export {
  MessageLostError,
  MessageSavedError,
  SenderError,
  type SenderErrorCode,
  senderErrors,
  type UnsentMessage,
} from './errors.ts';
export { senderLimits } from './limit-entries.ts';
export { MqMessageSender, type SavedInTransaction } from './mq-message-sender.ts';
export type { MqMessageSenderOptions } from './options.ts';
export { type ExportedMessage, Outbox, type OutboxStats, openOutbox } from './outbox.ts';
export type { SendMsgOptions } from './send/message-options.ts';
