import type { Command, CommandEntry } from './entry.ts';

const entry = (name: string, description: string, load: () => Promise<Command>): CommandEntry => ({
  name,
  description,
  load,
});

/** Every command, in the order in which Apache lists them. */
export const COMMANDS: readonly CommandEntry[] = [
  entry('updateTopic', 'Update or create topic.', async () => (await import('./topic/update-topic.ts')).updateTopic),
  entry(
    'updateTopicList',
    'create or update topic in batch',
    async () => (await import('./topic/update-topic-list.ts')).updateTopicList,
  ),
  entry(
    'deleteTopic',
    'Delete topic from broker and NameServer.',
    async () => (await import('./topic/delete-topic.ts')).deleteTopic,
  ),
  entry(
    'updateSubGroup',
    'Update or create subscription group.',
    async () => (await import('./consumer/update-sub-group.ts')).updateSubGroup,
  ),
  entry(
    'updateSubGroupList',
    'Update or create subscription group in batch',
    async () => (await import('./consumer/update-sub-group-list.ts')).updateSubGroupList,
  ),
  entry(
    'setConsumeMode',
    'Set consume message mode. pull/pop etc.',
    async () => (await import('./consumer/set-consume-mode.ts')).setConsumeMode,
  ),
  entry(
    'deleteSubGroup',
    'Delete subscription group from broker.',
    async () => (await import('./consumer/delete-sub-group.ts')).deleteSubGroup,
  ),
  entry(
    'updateBrokerConfig',
    "Update broker's config.",
    async () => (await import('./broker/broker-config.ts')).updateBrokerConfig,
  ),
  entry(
    'updateTopicPerm',
    'Update topic perm.',
    async () => (await import('./topic/update-topic-perm.ts')).updateTopicPerm,
  ),
  entry('topicRoute', 'Examine topic route info.', async () => (await import('./topic/topic-route.ts')).topicRoute),
  entry('topicStatus', 'Examine topic Status info.', async () => (await import('./topic/topic-status.ts')).topicStatus),
  entry(
    'topicClusterList',
    'Get cluster info for topic.',
    async () => (await import('./topic/topic-cluster-list.ts')).topicClusterList,
  ),
  entry(
    'addBroker',
    'Add a broker to specified container.',
    async () => (await import('./container/containers.ts')).addBroker,
  ),
  entry(
    'removeBroker',
    'Remove a broker from specified container.',
    async () => (await import('./container/containers.ts')).removeBroker,
  ),
  entry(
    'resetMasterFlushOffset',
    'Reset master flush offset in slave.',
    async () => (await import('./broker/reset-master-flush-offset.ts')).resetMasterFlushOffset,
  ),
  entry(
    'brokerStatus',
    'Fetch broker runtime status data.',
    async () => (await import('./broker/broker-status.ts')).brokerStatus,
  ),
  entry(
    'queryMsgById',
    'Query Message by Id.',
    async () => (await import('./message/query-msg-by-id.ts')).queryMsgById,
  ),
  entry(
    'queryMsgByKey',
    'Query Message by Key.',
    async () => (await import('./message/query-msg-by-key.ts')).queryMsgByKey,
  ),
  entry(
    'queryMsgByUniqueKey',
    'Query Message by Unique key.',
    async () => (await import('./message/query-msg-by-key.ts')).queryMsgByUniqueKey,
  ),
  entry(
    'queryMsgByOffset',
    'Query Message by offset.',
    async () => (await import('./message/query-msg-by-offset.ts')).queryMsgByOffset,
  ),
  entry(
    'queryMsgTraceById',
    'Query a message trace.',
    async () => (await import('./message/query-msg-trace-by-id.ts')).queryMsgTraceById,
  ),
  entry('printMsg', 'Print Message Detail.', async () => (await import('./message/print-msg.ts')).printMsg),
  entry(
    'printMsgByQueue',
    'Print Message Detail by queueId.',
    async () => (await import('./message/print-msg.ts')).printMsgByQueue,
  ),
  entry(
    'sendMsgStatus',
    'Send msg to broker.',
    async () => (await import('./broker/send-msg-status.ts')).sendMsgStatus,
  ),
  entry(
    'brokerConsumeStats',
    'Fetch broker consume stats data.',
    async () => (await import('./broker/broker-consume-stats.ts')).brokerConsumeStats,
  ),
  entry(
    'producerConnection',
    "Query producer's socket connection and client version.",
    async () => (await import('./connection/producer-connection.ts')).producerConnection,
  ),
  entry(
    'consumerConnection',
    "Query consumer's socket connection, client version and subscription.",
    async () => (await import('./connection/consumer-connection.ts')).consumerConnection,
  ),
  entry(
    'consumerProgress',
    "Query consumer's progress, speed.",
    async () => (await import('./consumer/consumer-progress.ts')).consumerProgress,
  ),
  entry(
    'consumerStatus',
    "Query consumer's internal data structure.",
    async () => (await import('./consumer/consumer-status.ts')).consumerStatus,
  ),
  entry(
    'cloneGroupOffset',
    'Clone offset from other group.',
    async () => (await import('./offset/clone-group-offset.ts')).cloneGroupOffset,
  ),
  entry(
    'producer',
    "Query producer's instances, connection, status, etc.",
    async () => (await import('./connection/producer.ts')).producer,
  ),
  entry('clusterList', 'List cluster infos.', async () => (await import('./cluster/cluster-list.ts')).clusterList),
  entry(
    'topicList',
    'Fetch all topic list from name server.',
    async () => (await import('./topic/topic-list.ts')).topicList,
  ),
  entry(
    'updateKvConfig',
    'Create or update KV config.',
    async () => (await import('./namesrv/kv-config.ts')).updateKvConfig,
  ),
  entry('deleteKvConfig', 'Delete KV config.', async () => (await import('./namesrv/kv-config.ts')).deleteKvConfig),
  entry(
    'wipeWritePerm',
    'Wipe write perm of broker in all name server you defined in the -n param.',
    async () => (await import('./namesrv/write-perm.ts')).wipeWritePerm,
  ),
  entry(
    'addWritePerm',
    'Add write perm of broker in all name server you defined in the -n param.',
    async () => (await import('./namesrv/write-perm.ts')).addWritePerm,
  ),
  entry(
    'resetOffsetByTime',
    'Reset consumer offset by timestamp(without client restart).',
    async () => (await import('./offset/reset-offset-by-time.ts')).resetOffsetByTime,
  ),
  entry(
    'skipAccumulatedMessage',
    'Skip all messages that are accumulated (not consumed) currently.',
    async () => (await import('./offset/skip-accumulated-message.ts')).skipAccumulatedMessage,
  ),
  entry(
    'updateOrderConf',
    'Create or update or delete order conf.',
    async () => (await import('./topic/update-order-conf.ts')).updateOrderConf,
  ),
  entry(
    'cleanExpiredCQ',
    'Clean expired ConsumeQueue on broker.',
    async () => (await import('./broker/clean-up.ts')).cleanExpiredCQ,
  ),
  entry(
    'deleteExpiredCommitLog',
    'Delete expired CommitLog files.',
    async () => (await import('./broker/clean-up.ts')).deleteExpiredCommitLog,
  ),
  entry(
    'cleanUnusedTopic',
    'Clean unused topic on broker.',
    async () => (await import('./broker/clean-up.ts')).cleanUnusedTopic,
  ),
  entry(
    'startMonitoring',
    'Start Monitoring.',
    async () => (await import('./monitor/start-monitoring.ts')).startMonitoring,
  ),
  entry('statsAll', 'Topic and Consumer tps stats.', async () => (await import('./stats/stats-all.ts')).statsAll),
  entry('allocateMQ', 'Allocate MQ.', async () => (await import('./topic/allocate-mq.ts')).allocateMQ),
  entry(
    'checkMsgSendRT',
    'Check message send response time.',
    async () => (await import('./message/check-msg-send-rt.ts')).checkMsgSendRT,
  ),
  entry(
    'clusterRT',
    'List All clusters Message Send RT.',
    async () => (await import('./cluster/cluster-rt.ts')).clusterRT,
  ),
  entry(
    'getNamesrvConfig',
    'Get configs of name server.',
    async () => (await import('./namesrv/namesrv-config.ts')).getNamesrvConfig,
  ),
  entry(
    'updateNamesrvConfig',
    'Update configs of name server.',
    async () => (await import('./namesrv/namesrv-config.ts')).updateNamesrvConfig,
  ),
  entry(
    'getBrokerConfig',
    'Get broker config by cluster or special broker.',
    async () => (await import('./broker/broker-config.ts')).getBrokerConfig,
  ),
  entry(
    'getConsumerConfig',
    'Get consumer config by subscription group name.',
    async () => (await import('./consumer/get-consumer-config.ts')).getConsumerConfig,
  ),
  entry('queryCq', 'Query cq command.', async () => (await import('./queue/query-cq.ts')).queryCq),
  entry('sendMessage', 'Send a message.', async () => (await import('./message/send-message.ts')).sendMessage),
  entry(
    'consumeMessage',
    'Consume message.',
    async () => (await import('./message/consume-message.ts')).consumeMessage,
  ),
  entry(
    'updateStaticTopic',
    'Update or create static topic, which has fixed number of queues.',
    async () => (await import('./topic/update-static-topic.ts')).updateStaticTopic,
  ),
  entry(
    'remappingStaticTopic',
    'Remapping static topic.',
    async () => (await import('./topic/remapping-static-topic.ts')).remappingStaticTopic,
  ),
  entry('exportMetadata', 'Export metadata.', async () => (await import('./export/export-metadata.ts')).exportMetadata),
  entry('exportConfigs', 'Export configs.', async () => (await import('./export/export-configs.ts')).exportConfigs),
  entry('exportMetrics', 'Export metrics.', async () => (await import('./export/export-metrics.ts')).exportMetrics),
  entry(
    'exportMetadataInRocksDB',
    'export RocksDB kv config (topics/subscriptionGroups). Recommend to use [mqadmin rocksDBConfigToJson]',
    async () => (await import('./rocksdb/export-metadata-in-rocksdb.ts')).exportMetadataInRocksDB,
  ),
  entry(
    'exportPopRecord',
    'Export pop consumer record',
    async () => (await import('./export/export-pop-record.ts')).exportPopRecord,
  ),
  entry('haStatus', 'Fetch ha runtime status data.', async () => (await import('./ha/ha-status.ts')).haStatus),
  entry(
    'getSyncStateSet',
    'Fetch syncStateSet for target brokers.',
    async () => (await import('./controller/sync-state-set.ts')).getSyncStateSet,
  ),
  entry(
    'getBrokerEpoch',
    'Fetch broker epoch entries.',
    async () => (await import('./broker/get-broker-epoch.ts')).getBrokerEpoch,
  ),
  entry(
    'getControllerMetaData',
    "Get controller cluster's metadata.",
    async () => (await import('./controller/controller-meta-data.ts')).getControllerMetaData,
  ),
  entry(
    'getControllerConfig',
    'Get controller config.',
    async () => (await import('./controller/controller-config.ts')).getControllerConfig,
  ),
  entry(
    'updateControllerConfig',
    'Update controller config.',
    async () => (await import('./controller/controller-config.ts')).updateControllerConfig,
  ),
  entry(
    'electMaster',
    'Re-elect the specified broker as master.',
    async () => (await import('./controller/elect-master.ts')).electMaster,
  ),
  entry(
    'cleanBrokerMetadata',
    'Clean metadata of broker on controller.',
    async () => (await import('./controller/clean-broker-metadata.ts')).cleanBrokerMetadata,
  ),
  entry(
    'dumpCompactionLog',
    'Parse compaction log to message.',
    async () => (await import('./message/dump-compaction-log.ts')).dumpCompactionLog,
  ),
  entry(
    'getColdDataFlowCtrInfo',
    'Get cold data flow ctr info.',
    async () => (await import('./cold-data/get-cold-data-flow-ctr-info.ts')).getColdDataFlowCtrInfo,
  ),
  entry(
    'updateColdDataFlowCtrGroupConfig',
    'Add or update cold data flow ctr group config.',
    async () => (await import('./cold-data/group-config.ts')).updateColdDataFlowCtrGroupConfig,
  ),
  entry(
    'removeColdDataFlowCtrGroupConfig',
    'Remove consumer from cold ctr config.',
    async () => (await import('./cold-data/group-config.ts')).removeColdDataFlowCtrGroupConfig,
  ),
  entry(
    'setCommitLogReadAheadMode',
    'Set read ahead mode for all commitlog files.',
    async () => (await import('./cold-data/set-commit-log-read-ahead-mode.ts')).setCommitLogReadAheadMode,
  ),
  entry('createUser', 'Create user to cluster.', async () => (await import('./account/change-user.ts')).createUser),
  entry('updateUser', 'Update user to cluster.', async () => (await import('./account/change-user.ts')).updateUser),
  entry('deleteUser', 'Delete user from cluster.', async () => (await import('./account/change-user.ts')).deleteUser),
  entry('getUser', 'Get user from cluster.', async () => (await import('./account/read-user.ts')).getUser),
  entry('listUser', 'List user from cluster.', async () => (await import('./account/read-user.ts')).listUser),
  entry('copyUser', 'Copy user to cluster.', async () => (await import('./account/copy-accounts.ts')).copyUser),
  entry('createAcl', 'Create acl to cluster.', async () => (await import('./account/change-acl.ts')).createAcl),
  entry('updateAcl', 'Update acl to cluster.', async () => (await import('./account/change-acl.ts')).updateAcl),
  entry('deleteAcl', 'Delete acl from cluster.', async () => (await import('./account/change-acl.ts')).deleteAcl),
  entry('getAcl', 'Get acl from cluster.', async () => (await import('./account/read-acl.ts')).getAcl),
  entry('listAcl', 'List acl from cluster.', async () => (await import('./account/read-acl.ts')).listAcl),
  entry('copyAcl', 'Copy acl to cluster.', async () => (await import('./account/copy-accounts.ts')).copyAcl),
  entry(
    'rocksDBConfigToJson',
    'Convert RocksDB kv config (topics/subscriptionGroups/consumerOffsets) to json. [rpc mode] Use [-n, -c, -b, -t] to send Request to broker ( version >= 5.3.2 ) or [local mode] use [-p, -t, -j, -e] to load RocksDB. If -e is provided, tools will export json file instead of std print',
    async () => (await import('./rocksdb/rocksdb-config-to-json.ts')).rocksDBConfigToJson,
  ),
  entry(
    'checkRocksdbCqWriteProgress',
    'check if rocksdb cq is same as file cq',
    async () => (await import('./rocksdb/check-rocksdb-cq-write-progress.ts')).checkRocksdbCqWriteProgress,
  ),
  entry(
    'switchTimerEngine',
    'switch the engine of timer message in broker',
    async () => (await import('./broker/switch-timer-engine.ts')).switchTimerEngine,
  ),
  entry(
    'listTransactions',
    'List transactions that are open, were checked without an answer, or were given up.',
    async () => (await import('./transaction/list-transactions.ts')).listTransactions,
  ),
  entry(
    'resumeCheckHalfMessage',
    'Have transactions checked again that were given up.',
    async () => (await import('./transaction/resume-check-half-message.ts')).resumeCheckHalfMessage,
  ),
  entry(
    'doctor',
    'Check a whole set-up and say what is wrong and what to do.',
    async () => (await import('./doctor/doctor.ts')).doctor,
  ),
  entry(
    'completion',
    'Complete words in bash or zsh.',
    async () => (await import('./completion/completion.ts')).completion,
  ),
];

/** By name without regard to case. */
export function findCommand(name: string): CommandEntry | undefined {
  const wanted = name.toLowerCase();
  return COMMANDS.find((each) => each.name.toLowerCase() === wanted);
}
