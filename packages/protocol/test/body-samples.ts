import { javaHashCode } from '@rocketmq-ts/kernel';
import * as protocol from '@rocketmq-ts/protocol';

/**
 * One value of each body, with the name of its Java class. `test/fixtures/bodies-5.4.0.json` holds what that class of
 * RocketMQ 5.4.0 writes after reading ours.
 */
export interface BodySample {
  readonly javaClass: string;
  readonly value: unknown;
  readonly encode: () => Buffer;
  readonly decode: (body: Buffer) => unknown;
}

function sample<Value>(
  javaClass: string,
  value: Value,
  encode: (value: Value) => Buffer,
  decode: (body: Buffer) => unknown,
): BodySample {
  return { javaClass, value, encode: () => encode(value), decode };
}

const queue = { topic: 'T', brokerName: 'b', queueId: 0 };
const queue1 = { topic: 'T', brokerName: 'b', queueId: 1 };
const dataVersion = { stateVersion: 3, timestamp: 1700000000000, counter: 7 };
const topic = protocol.createTopicConfig('T', {
  readQueueNums: 8,
  writeQueueNums: 4,
  attributes: { 'message.type': 'FIFO' },
});
const group = protocol.createSubscriptionGroupConfig('G', { retryMaxTimes: 3 });
const subscription: protocol.SubscriptionData = {
  topic: 'T',
  subString: 'TagA||TagB',
  tagsSet: ['TagA', 'TagB'],
  codeSet: [javaHashCode('TagA'), javaHashCode('TagB')],
  subVersion: 1700000000000,
  expressionType: 'TAG',
  classFilterMode: false,
};
const brokerData: protocol.BrokerData = {
  cluster: 'c',
  brokerName: 'b',
  brokerAddrs: new Map([
    [0, '10.0.0.1:10911'],
    [1, '10.0.0.2:10911'],
  ]),
  enableActingMaster: false,
  zoneName: undefined,
};
const mappingInfo: protocol.TopicQueueMappingInfo = {
  topic: 'T',
  scope: '__global__',
  totalQueues: 8,
  bname: 'b',
  epoch: 1,
  dirty: false,
  currIdMap: new Map([[0, 0]]),
};
const route: protocol.TopicRouteData = {
  orderTopicConf: 'b:4',
  queueDatas: [{ brokerName: 'b', readQueueNums: 8, writeQueueNums: 8, perm: 6, topicSysFlag: 0 }],
  brokerDatas: [brokerData],
  filterServerTable: new Map([['10.0.0.1:10911', ['f']]]),
  topicQueueMappingByBroker: new Map([['b', mappingInfo]]),
};
const wrapper: protocol.TopicConfigSerializeWrapper = {
  topicConfigTable: new Map([['T', topic]]),
  dataVersion,
  mappingDataVersion: { stateVersion: 0, timestamp: 5, counter: 1 },
  topicQueueMappingInfoMap: new Map([['T', mappingInfo]]),
  topicQueueMappingDetailMap: new Map(),
};
const stats: protocol.ConsumeStats = {
  offsetTable: [[queue, { brokerOffset: 5, consumerOffset: 3, pullOffset: 4, lastTimestamp: 1700000000000 }]],
  consumeTps: 1.5,
};
const connection: protocol.ClientConnection = {
  clientId: 'c@1',
  clientAddr: '10.0.0.9:5000',
  language: 'NODE_JS',
  version: 493,
};
const statsItem: protocol.BrokerStatsItem = { sum: 12, tps: 0.2, avgpt: 1e-5 };

export const bodySamples: readonly BodySample[] = [
  sample(
    'route.TopicRouteData',
    route,
    (value) => protocol.encodeTopicRouteData(value, { version: 317 }),
    protocol.decodeTopicRouteData,
  ),
  sample(
    'body.ClusterInfo',
    { brokerAddrTable: new Map([['b', brokerData]]), clusterAddrTable: new Map([['c', ['b']]]) },
    protocol.encodeClusterInfo,
    protocol.decodeClusterInfo,
  ),
  sample(
    'body.GetBrokerMemberGroupResponseBody',
    { cluster: 'c', brokerName: 'b', brokerAddrs: new Map([[0, '10.0.0.1:10911']]) },
    protocol.encodeBrokerMemberGroup,
    protocol.decodeBrokerMemberGroup,
  ),
  sample(
    'body.RegisterBrokerBody',
    { topicConfigSerializeWrapper: wrapper, filterServerList: ['f'] },
    (value) => protocol.encodeRegisterBrokerBody(value, { compressed: false, version: 493 }),
    (body) => protocol.decodeRegisterBrokerBody(body, 493),
  ),
  sample('body.KVTable', new Map([['k', 'v\u0001"é']]), protocol.encodeKVTable, protocol.decodeKVTable),
  sample(
    'body.TopicList',
    { topicList: ['T'], brokerAddr: '10.0.0.1:10911' },
    (value) => protocol.encodeTopicList(value.topicList, value.brokerAddr),
    protocol.decodeTopicList,
  ),
  sample('body.GroupList', ['G'], protocol.encodeGroupList, protocol.decodeGroupList),
  sample(
    'header.GetConsumerListByGroupResponseBody',
    ['c1', 'c2'],
    protocol.encodeConsumerIdList,
    protocol.decodeConsumerIdList,
  ),
  sample(
    'heartbeat.HeartbeatData',
    {
      clientID: 'c@1',
      producerGroups: ['P'],
      consumers: [
        {
          groupName: 'G',
          consumeType: 'CONSUME_PASSIVELY',
          messageModel: 'CLUSTERING',
          consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
          subscriptionDataSet: [subscription],
          unitMode: false,
        },
      ],
      heartbeatFingerprint: 17,
      withoutSub: false,
    },
    protocol.encodeHeartbeatData,
    protocol.decodeHeartbeatData,
  ),
  sample(
    'body.CheckClientRequestBody',
    { clientId: 'c@1', group: 'G', namespace: 'n', subscriptionData: subscription },
    protocol.encodeCheckClientRequestBody,
    protocol.decodeCheckClientRequestBody,
  ),
  sample(
    'body.LockBatchRequestBody',
    { consumerGroup: 'G', clientId: 'c@1', mqSet: [queue], onlyThisBroker: true },
    protocol.encodeQueueLockRequestBody,
    protocol.decodeQueueLockRequestBody,
  ),
  sample(
    'body.LockBatchResponseBody',
    [queue],
    protocol.encodeLockBatchResponseBody,
    protocol.decodeLockBatchResponseBody,
  ),
  sample(
    'body.QueryAssignmentRequestBody',
    { topic: 'T', consumerGroup: 'G', clientId: 'c@1', strategyName: 'AVG', messageModel: 'CLUSTERING' },
    protocol.encodeQueryAssignmentRequestBody,
    protocol.decodeQueryAssignmentRequestBody,
  ),
  sample(
    'body.QueryAssignmentResponseBody',
    [{ messageQueue: queue, mode: 'POP' as const }],
    protocol.encodeQueryAssignmentResponseBody,
    protocol.decodeQueryAssignmentResponseBody,
  ),
  sample(
    'body.SetMessageRequestModeRequestBody',
    { topic: 'T', consumerGroup: 'G', mode: 'POP', popShareQueueNum: 8 },
    protocol.encodeSetMessageRequestModeRequestBody,
    protocol.decodeSetMessageRequestModeRequestBody,
  ),
  sample(
    'body.ResetOffsetBody',
    [[queue, 123]] as const,
    protocol.encodeResetOffsetBody,
    protocol.decodeResetOffsetBody,
  ),
  sample(
    'body.ResetOffsetBodyForC',
    [
      [queue, 123],
      [queue1, 9],
    ] as const,
    protocol.encodeResetOffsetBodyForC,
    protocol.decodeResetOffsetBody,
  ),
  sample(
    'body.GetConsumerStatusBody',
    { messageQueueTable: [[queue, 1]] as const, consumerTable: new Map([['c@1', [[queue1, 2]] as const]]) },
    protocol.encodeGetConsumerStatusBody,
    protocol.decodeGetConsumerStatusBody,
  ),
  sample(
    'body.QueryCorrectionOffsetBody',
    new Map([[0, Number.MAX_SAFE_INTEGER]]),
    protocol.encodeQueryCorrectionOffsetBody,
    protocol.decodeQueryCorrectionOffsetBody,
  ),
  sample(
    'body.ConsumeMessageDirectlyResult',
    { order: false, autoCommit: true, consumeResult: 'CR_LATER', remark: 'r', spentTimeMills: 3 },
    protocol.encodeConsumeMessageDirectlyResult,
    protocol.decodeConsumeMessageDirectlyResult,
  ),
  sample(
    'body.ConsumerRunningInfo',
    {
      properties: new Map([['PROP_CONSUME_TYPE', 'CONSUME_PASSIVELY']]),
      subscriptionSet: [subscription],
      mqTable: [
        [
          queue,
          {
            commitOffset: 1,
            cachedMsgMinOffset: 2,
            cachedMsgMaxOffset: 3,
            cachedMsgCount: 4,
            cachedMsgSizeInMiB: 5,
            transactionMsgMinOffset: 6,
            transactionMsgMaxOffset: 7,
            transactionMsgCount: 8,
            locked: true,
            tryUnlockTimes: 9,
            lastLockTimestamp: 10,
            dropped: true,
            lastPullTimestamp: 11,
            lastConsumeTimestamp: 12,
          },
        ],
      ],
      mqPopTable: [[queue1, { waitAckCount: 1, dropped: false, lastPopTimestamp: 2 }]],
      statusTable: new Map([
        [
          'T',
          {
            pullRT: 0,
            pullTPS: 1e10,
            consumeRT: 1.25,
            consumeOKTPS: 0.001,
            consumeFailedTPS: 100,
            consumeFailedMsgs: 7,
          },
        ],
      ]),
      userConsumerInfo: new Map([['u', 'v']]),
      jstack: 'line\n\tat',
    },
    protocol.encodeConsumerRunningInfo,
    protocol.decodeConsumerRunningInfo,
  ),
  sample(
    'subscription.SubscriptionGroupConfig',
    protocol.createSubscriptionGroupConfig('G', {
      groupRetryPolicy: {
        type: 'EXPONENTIAL',
        exponentialRetryPolicy: { initial: 5000, max: 7200000, multiplier: 2 },
        customizedRetryPolicy: { next: [1000, 5000] },
      },
      subscriptionDataSet: [{ topic: 'T', expressionType: 'TAG', expression: '*', version: 1 }],
      attributes: { a: 'b' },
    }),
    protocol.encodeSubscriptionGroupConfig,
    protocol.decodeSubscriptionGroupConfig,
  ),
  sample(
    'body.SubscriptionGroupWrapper',
    {
      subscriptionGroupTable: new Map([['G', group]]),
      dataVersion,
      forbiddenTable: new Map([['G', new Map([['T', 4]])]]),
    },
    protocol.encodeSubscriptionGroupWrapper,
    protocol.decodeSubscriptionGroupWrapper,
  ),
  sample(
    'body.SubscriptionGroupList',
    [group],
    protocol.encodeSubscriptionGroupList,
    protocol.decodeSubscriptionGroupList,
  ),
  sample(
    'subscription.GroupForbidden',
    { topic: 'T', group: 'G', readable: true },
    protocol.encodeGroupForbidden,
    protocol.decodeGroupForbidden,
  ),
  sample(
    'body.CreateTopicListRequestBody',
    [topic],
    protocol.encodeCreateTopicListRequestBody,
    protocol.decodeCreateTopicListRequestBody,
  ),
  sample(
    'body.TopicConfigAndMappingSerializeWrapper',
    wrapper,
    protocol.encodeTopicConfigSerializeWrapper,
    protocol.decodeTopicConfigSerializeWrapper,
  ),
  sample('statictopic.TopicConfigAndQueueMapping', topic, protocol.encodeTopicConfig, protocol.decodeTopicConfig),
  sample(
    'body.ConsumerOffsetSerializeWrapper',
    { offsetTable: new Map([['T@G', new Map([[0, 123]])]]), dataVersion },
    protocol.encodeConsumerOffsetSerializeWrapper,
    protocol.decodeConsumerOffsetSerializeWrapper,
  ),
  sample(
    'admin.TopicStatsTable',
    { offsetTable: [[queue, { minOffset: 1, maxOffset: 2, lastUpdateTimestamp: 3 }]] as const, topicPutTps: 0 },
    protocol.encodeTopicStatsTable,
    protocol.decodeTopicStatsTable,
  ),
  sample('admin.ConsumeStats', stats, protocol.encodeConsumeStats, protocol.decodeConsumeStats),
  sample(
    'body.ConsumeStatsList',
    { consumeStatsList: [new Map([['G', [stats]]])], brokerAddr: '10.0.0.1:10911', totalDiff: 2, totalInflightDiff: 1 },
    protocol.encodeConsumeStatsList,
    protocol.decodeConsumeStatsList,
  ),
  sample(
    'body.ConsumerConnection',
    {
      connectionSet: [connection],
      subscriptionTable: new Map([['T', subscription]]),
      consumeType: 'CONSUME_ACTIVELY',
      messageModel: 'BROADCASTING',
      consumeFromWhere: 'CONSUME_FROM_TIMESTAMP',
    },
    protocol.encodeConsumerConnection,
    protocol.decodeConsumerConnection,
  ),
  sample('body.ProducerConnection', [connection], protocol.encodeProducerConnection, protocol.decodeProducerConnection),
  sample(
    'body.ProducerTableInfo',
    new Map([
      [
        'P',
        [
          {
            clientId: 'c@1',
            remoteIP: '/10.0.0.9:5000',
            language: 'JAVA' as const,
            version: 493,
            lastUpdateTimestamp: 1700000000000,
          },
        ],
      ],
    ]),
    protocol.encodeProducerTableInfo,
    protocol.decodeProducerTableInfo,
  ),
  sample(
    'body.QuerySubscriptionResponseBody',
    { group: 'G', topic: 'T', subscriptionData: subscription },
    protocol.encodeQuerySubscriptionResponseBody,
    protocol.decodeQuerySubscriptionResponseBody,
  ),
  sample(
    'body.QueryConsumeTimeSpanBody',
    [{ messageQueue: queue, minTimeStamp: 1, maxTimeStamp: 1700000000000, consumeTimeStamp: 3, delayTime: 4 }],
    protocol.encodeQueryConsumeTimeSpanBody,
    protocol.decodeQueryConsumeTimeSpanBody,
  ),
  sample(
    'body.BrokerStatsData',
    { statsMinute: statsItem, statsHour: statsItem, statsDay: statsItem },
    protocol.encodeBrokerStatsData,
    protocol.decodeBrokerStatsData,
  ),
  sample(
    'body.QueryConsumeQueueResponseBody',
    {
      subscriptionData: subscription,
      filterData: 'null',
      queueData: [
        {
          physicOffset: 1,
          physicSize: 192,
          tagsCode: 2598919,
          extendDataJson: undefined,
          bitMap: undefined,
          eval: true,
          msg: 'm',
        },
      ],
      maxQueueIndex: 3,
      minQueueIndex: 0,
    },
    protocol.encodeQueryConsumeQueueResponseBody,
    protocol.decodeQueryConsumeQueueResponseBody,
  ),
  sample(
    'body.SyncStateSet',
    { syncStateSet: [1, 2], syncStateSetEpoch: 3 },
    protocol.encodeSyncStateSet,
    protocol.decodeSyncStateSet,
  ),
  sample(
    'body.ElectMasterResponseBody',
    {
      brokerMemberGroup: { cluster: 'c', brokerName: 'b', brokerAddrs: new Map([[1, '10.0.0.1:10911']]) },
      syncStateSet: [1, 2],
    },
    (value) => protocol.encodeElectMasterResponseBody(value),
    protocol.decodeElectMasterResponseBody,
  ),
  sample(
    'body.BrokerReplicasInfo',
    new Map([
      [
        'b',
        {
          masterBrokerId: 1,
          masterAddress: '10.0.0.1:10911',
          masterEpoch: 2,
          syncStateSetEpoch: 5,
          inSyncReplicas: [{ brokerName: 'b', brokerId: 1, brokerAddress: '10.0.0.1:10911', alive: true }],
          notInSyncReplicas: [{ brokerName: 'b', brokerId: 2, brokerAddress: '10.0.0.2:10911', alive: false }],
        },
      ],
    ]),
    protocol.encodeBrokerReplicasInfo,
    protocol.decodeBrokerReplicasInfo,
  ),
];
