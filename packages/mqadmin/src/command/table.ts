import { getBrokerConfig, updateBrokerConfig } from './broker/broker-config.ts';
import { brokerStatus } from './broker/broker-status.ts';
import { cleanExpiredCQ, cleanUnusedTopic, deleteExpiredCommitLog } from './broker/clean-up.ts';
import { getBrokerEpoch } from './broker/get-broker-epoch.ts';
import { resetMasterFlushOffset } from './broker/reset-master-flush-offset.ts';
import { clusterList } from './cluster/cluster-list.ts';
import { consumerConnection } from './connection/consumer-connection.ts';
import { producerConnection } from './connection/producer-connection.ts';
import { consumerProgress } from './consumer/consumer-progress.ts';
import { deleteSubGroup } from './consumer/delete-sub-group.ts';
import { getConsumerConfig } from './consumer/get-consumer-config.ts';
import { updateSubGroup } from './consumer/update-sub-group.ts';
import { cleanBrokerMetadata } from './controller/clean-broker-metadata.ts';
import { getControllerConfig, updateControllerConfig } from './controller/controller-config.ts';
import { getControllerMetaData } from './controller/controller-meta-data.ts';
import { electMaster } from './controller/elect-master.ts';
import { getSyncStateSet } from './controller/sync-state-set.ts';
import type { CommandEntry } from './entry.ts';
import { haStatus } from './ha/ha-status.ts';
import { queryMsgById } from './message/query-msg-by-id.ts';
import { queryMsgByKey, queryMsgByUniqueKey } from './message/query-msg-by-key.ts';
import { queryMsgByOffset } from './message/query-msg-by-offset.ts';
import { queryMsgTraceById } from './message/query-msg-trace-by-id.ts';
import { sendMessage } from './message/send-message.ts';
import { deleteKvConfig, updateKvConfig } from './namesrv/kv-config.ts';
import { getNamesrvConfig, updateNamesrvConfig } from './namesrv/namesrv-config.ts';
import { addWritePerm, wipeWritePerm } from './namesrv/write-perm.ts';
import { resetOffsetByTime } from './offset/reset-offset-by-time.ts';
import { skipAccumulatedMessage } from './offset/skip-accumulated-message.ts';
import { allocateMQ } from './topic/allocate-mq.ts';
import { deleteTopic } from './topic/delete-topic.ts';
import { topicClusterList } from './topic/topic-cluster-list.ts';
import { topicList } from './topic/topic-list.ts';
import { topicRoute } from './topic/topic-route.ts';
import { topicStatus } from './topic/topic-status.ts';
import { updateTopic } from './topic/update-topic.ts';
import { updateTopicPerm } from './topic/update-topic-perm.ts';
import { listTransactions } from './transaction/list-transactions.ts';
import { resumeCheckHalfMessage } from './transaction/resume-check-half-message.ts';

/** Every command, in the order in which Apache lists them. */
export const COMMANDS: readonly CommandEntry[] = [
  updateTopic,
  deleteTopic,
  updateSubGroup,
  deleteSubGroup,
  updateBrokerConfig,
  updateTopicPerm,
  topicRoute,
  topicStatus,
  topicClusterList,
  resetMasterFlushOffset,
  brokerStatus,
  queryMsgById,
  queryMsgByKey,
  queryMsgByUniqueKey,
  queryMsgByOffset,
  queryMsgTraceById,
  producerConnection,
  consumerConnection,
  consumerProgress,
  clusterList,
  topicList,
  updateKvConfig,
  deleteKvConfig,
  wipeWritePerm,
  addWritePerm,
  resetOffsetByTime,
  skipAccumulatedMessage,
  cleanExpiredCQ,
  deleteExpiredCommitLog,
  cleanUnusedTopic,
  allocateMQ,
  getNamesrvConfig,
  updateNamesrvConfig,
  getBrokerConfig,
  getConsumerConfig,
  sendMessage,
  haStatus,
  getSyncStateSet,
  getBrokerEpoch,
  getControllerMetaData,
  getControllerConfig,
  updateControllerConfig,
  electMaster,
  cleanBrokerMetadata,
  listTransactions,
  resumeCheckHalfMessage,
];

/** By name without regard to case. */
export function findCommand(name: string): CommandEntry | undefined {
  const wanted = name.toLowerCase();
  return COMMANDS.find((entry) => entry.name.toLowerCase() === wanted);
}
