/** What the commands print for the store of `stored.ts`. */
export const GOLDEN = {
  inspect: `store       /store
written by  rocketmq-ts
last stop   clean
lock file   present
checkpoint  commit log    2023-11-14T22:13:24.000Z
            consume queue 2023-11-14T22:13:24.000Z
            index         -

commit log
  files      1 file of 64 KiB
  offsets    0 to 615 (615 B)
  last file  00000000000000000000, 615 B used
  stored     2023-11-14T22:13:20.000Z to 2023-11-14T22:13:24.000Z

consume queues  1 topic, 2 queues, 4 messages
  topic   queues  messages
  Orders       2         4

index  no files

configuration  2 files
  delayOffset.json  levels 1
  topics.json       topics 1, version 3 of 2023-11-14T22:13:20.000Z
`,
  queues: `
  Orders queue  min  max  messages  files
  0               0    3         3      1
  3               0    1         1      1
`,
  fine: `commit log      5 records, 615 B, up to offset 615
consume queues  2 queues, 4 units
index           0 files, 0 entries
configuration   2 files

FINE
`,
  damaged: `commit log      4 records, 615 B, up to offset 615
consume queues  2 queues, 4 units
index           0 files, 0 entries
configuration   2 files

damage
  1 × CONFIG_UNREADABLE: a configuration file does not parse
    /store/config/topics.json: no JSON: a value is expected at position 0
  1 × RECORD_CRC: the body of a record does not match its CRC
    /store/commitlog/00000000000000000000 at byte 0: the CRC of the body is another; 170 bytes up to offset 170 are lost
  1 × UNIT_SIZE: a unit has another size than its record
    /store/consumequeue/Orders/0/00000000000000000000 at byte 20: queue offset 1: 1482184792 instead of 109

to know
  1 × FOREIGN_FILE: a file does not belong to a store
    /store/commitlog/.DS_Store: not named by an offset of the log

DAMAGED: 3 places; the first is CONFIG_UNREADABLE in /store/config/topics.json: no JSON: a value is expected at position 0
`,
  message: {
    topic: 'Orders',
    queueId: 0,
    queueOffset: 0,
    commitLogOffset: 0,
    storeSize: 170,
    bornTimestamp: 1699999999995,
    bornTime: '2023-11-14T22:13:19.995Z',
    bornHost: '1.2.3.4:5678',
    storeTimestamp: 1700000000000,
    storeTime: '2023-11-14T22:13:20.000Z',
    storeHost: '10.0.0.1:10911',
    msgId: 'AC1100010001',
    offsetMsgId: '0A00000100002A9F0000000000000000',
    tags: 'paid',
    keys: ['order-1', 'customer-7'],
    properties: { TAGS: 'paid', KEYS: 'order-1 customer-7', UNIQ_KEY: 'AC1100010001' },
    flag: 0,
    sysFlag: 0,
    sysFlags: [],
    reconsumeTimes: 0,
    preparedTransactionOffset: 0,
    bodyCRC: 558286329,
    bodyLength: 17,
    body: 'first „order“',
  },
};
