export type { ConfigFile } from './config-files.ts';
export { type DumpDamage, type DumpedMessage, type DumpOptions, dumpMessages } from './dump.ts';
export { type Finding, type FindingCount, type FindingKind, findingKinds } from './findings.ts';
export type { IndexFileHeader } from './index-files.ts';
export {
  type InspectOptions,
  inspectStore,
  type LogRange,
  type QueueRange,
  type StoreInspection,
  type TopicRange,
} from './inspect.ts';
export type { CheckpointStamps, ViewOptions } from './store-view.ts';
export { type Verification, type VerifyOptions, verifyStore } from './verify.ts';
