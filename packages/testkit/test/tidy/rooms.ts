/** Which rooms a room may import. */
export const ROOMS: Readonly<Record<string, readonly string[]>> = {
  kernel: [],
  protocol: ['kernel'],
  filter: ['kernel', 'protocol'],
  remoting: ['kernel', 'protocol'],
  store: ['kernel', 'protocol', 'filter'],
  replication: ['kernel', 'protocol', 'store'],
  auth: ['kernel', 'protocol'],
  controller: ['kernel', 'protocol', 'remoting'],
  namesrv: ['kernel', 'protocol', 'remoting', 'auth'],
  client: ['kernel', 'protocol', 'filter', 'remoting'],
  broker: ['kernel', 'protocol', 'filter', 'remoting', 'auth', 'store', 'replication'],
  sender: ['kernel', 'client'],
  nestjs: ['client'],
  opentelemetry: ['client'],
  admin: ['kernel', 'protocol', 'remoting', 'client'],
  testing: ['kernel', 'protocol', 'remoting', 'namesrv', 'client', 'broker'],
  mqadmin: ['kernel', 'admin'],
  mqstore: ['kernel', 'protocol', 'store'],
  proxy: ['kernel', 'protocol', 'filter', 'remoting', 'client'],
  dashboard: ['kernel', 'admin'],
  launcher: [
    ...['kernel', 'protocol', 'filter', 'remoting', 'auth', 'store', 'replication', 'controller', 'namesrv', 'client'],
    ...['broker', 'sender', 'admin', 'mqadmin', 'mqstore', 'proxy', 'dashboard'],
  ],
  testkit: [
    ...['kernel', 'protocol', 'filter', 'remoting', 'auth', 'store', 'replication', 'controller', 'namesrv', 'client'],
    ...['broker', 'sender', 'admin', 'mqadmin', 'mqstore', 'proxy', 'dashboard', 'testing'],
  ],
};

/** Which folders of its own room a folder may import; files beside the folders may be imported by all of them. */
export const FLOORS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  remoting: {
    memory: [],
    channel: ['memory'],
    serve: ['memory', 'channel'],
    'name-servers': [],
    configuration: [],
  },
  controller: {
    etcd: [],
    config: [],
    group: ['etcd'],
    live: ['group'],
    leadership: ['etcd'],
    failover: ['group', 'live'],
    metrics: ['etcd', 'group'],
    request: ['config', 'group', 'live', 'leadership'],
  },
  store: {
    log: [],
    queue: ['log'],
    index: ['log'],
    dispatch: ['log', 'queue', 'index'],
    put: ['log', 'queue', 'index', 'dispatch'],
    read: ['log', 'queue', 'index', 'dispatch'],
    expiry: ['log', 'queue', 'index', 'put', 'read'],
    recovery: ['log', 'queue', 'index', 'dispatch', 'timer'],
    inspect: ['log', 'queue', 'index', 'dispatch', 'timer'],
    timer: ['log'],
    door: ['log', 'queue', 'index', 'dispatch', 'put', 'read', 'expiry', 'recovery', 'timer'],
  },
  replication: {
    wire: [],
    master: ['wire'],
    slave: ['wire'],
    autoswitch: ['wire', 'master', 'slave'],
  },
  testing: {
    clock: [],
    servers: [],
    simulated: ['clock', 'servers'],
    disk: ['clock', 'simulated'],
    network: ['clock'],
    messages: ['network'],
    cluster: ['clock', 'servers', 'simulated', 'disk', 'network', 'messages'],
    cli: ['cluster', 'messages'],
  },
  sender: {
    database: [],
    send: ['database'],
    resend: ['database', 'send'],
    consume: ['database'],
    cli: ['database'],
  },
  broker: {
    config: [],
    role: [],
    stats: [],
    metrics: ['role', 'topic', 'group', 'offset', 'stats', 'hold', 'timer'],
    topic: [],
    hold: [],
    'cold-data': ['hold'],
    group: ['topic', 'stats'],
    offset: ['topic', 'group'],
    filter: [],
    acting: ['role', 'topic'],
    escape: ['placement', 'role'],
    registration: ['role', 'topic'],
    'controller-mode': ['role', 'topic', 'registration', 'replication'],
    'static-topic': ['offset'],
    replication: ['role'],
    placement: ['topic', 'group', 'offset', 'stats'],
    delay: ['config', 'role', 'stats', 'placement'],
    transaction: ['role', 'topic', 'group', 'offset', 'stats', 'placement'],
    timer: ['config', 'role', 'stats', 'topic', 'placement'],
    send: ['topic', 'group', 'stats', 'placement'],
    reply: ['topic', 'group', 'stats', 'placement', 'send'],
    pull: ['role', 'filter', 'topic', 'group', 'offset', 'stats', 'hold', 'cold-data'],
    peek: ['topic', 'group', 'offset', 'stats', 'hold'],
    slave: ['role', 'topic', 'group', 'offset', 'hold', 'delay', 'timer', 'registration', 'static-topic'],
    admin: [
      'role',
      'topic',
      'group',
      'offset',
      'filter',
      'stats',
      'placement',
      'hold',
      'cold-data',
      'delay',
      'timer',
      'registration',
      'static-topic',
    ],
  },
};

/** Everything that a room shows the others, where that is to stay a short list: a name more is a decision. */
export const DOORS: Readonly<Record<string, string>> = {
  // Inspection reads files that no store has open, for mqstore.
  store: `
    createMessageStore MessageStore StoreOptions DiskFractions FlushDiskType StoreError StoreErrorCode storeErrors
    StoreConfig ExpiryConfig storeDefaults storeProperties parseDeleteWhen isTimeToDelete
    storeLimits StoreFacts StoreState StoreCounts DiskRatios HOLE_TOPIC
    RecordInput PutTicket PutResult PutBatchResult PutMessageStatus isStored canNeverBeStored
    ReplicationPromise PromiseRefusal NO_PROMISE
    QueueType MOST_BATCH_MESSAGES QueueView QueueEntry TimeBoundary ReadRoom GetMessageResult GetMessageStatus ArrivalListener
    MessageQuery QueryMessageResult MAX_QUERY_BYTES LogPiece
    ./inspect/index.ts ./timer/index.ts`,
};

/** Rooms that export nothing that only its own file uses. */
export const ROOMS_WITHOUT_UNUSED_EXPORTS: readonly string[] = [
  ...['kernel', 'filter', 'remoting', 'namesrv', 'admin', 'mqadmin', 'mqstore', 'launcher'],
];

/** Rooms that run on nothing but Node itself. */
export const ROOMS_WITHOUT_DEPENDENCIES: readonly string[] = [
  ...['kernel', 'protocol', 'filter', 'remoting', 'auth', 'store', 'replication', 'namesrv', 'client', 'broker'],
];

/** Modules that reach files, sockets, processes or time; everything else uses a port of the kernel. */
export const OUTSIDE_MODULES: readonly string[] = [
  ...['fs', 'fs/promises', 'net', 'tls', 'dgram', 'dns', 'dns/promises', 'http', 'https', 'http2', 'child_process'],
  ...['timers', 'timers/promises', 'perf_hooks', 'cluster', 'readline', 'readline/promises'],
].map((name) => `node:${name}`);

/** Globals and functions that bring real time or real chance. */
export const OUTSIDE_WORDS: readonly { readonly pattern: RegExp; readonly name: string }[] = [
  { pattern: /(?<![.\w$#])(?:setTimeout|setInterval|setImmediate)\b(?!\s*[?:])/g, name: 'a real timer' },
  { pattern: /\bDate\s*\.\s*now\b|\bnew\s+Date\s*\(\s*\)|\bnew\s+Date\b(?!\s*\()/g, name: 'the real date' },
  { pattern: /(?<![.\w$#])performance\b(?=\s*\.)|\bprocess\s*\.\s*hrtime\b/g, name: 'the real clock' },
  { pattern: /\bMath\s*\.\s*random\b|(?<![.\w$#])random(?:Bytes|UUID|Int|FillSync)\b/g, name: 'real randomness' },
];

/** Files that may use these modules and globals, and why. A path of a folder ends with a slash. */
export const OUTSIDE_ALLOWED: readonly {
  readonly path: string;
  readonly only?: readonly string[];
  readonly reason: string;
}[] = [
  { path: 'packages/kernel/src/node/', reason: 'the one real implementation of the ports' },
  { path: 'packages/testkit/src/java/', reason: 'starts and watches real programs in real time' },
  { path: 'packages/testkit/src/processes.ts', reason: 'starts our own commands as users do' },
  { path: 'packages/testkit/src/torture/', reason: 'loads and kills real processes' },
  { path: 'packages/testkit/src/clock.ts', only: ['a real timer'], reason: 'lets promises run between virtual turns' },
  { path: 'packages/launcher/src/', only: ['node:child_process'], reason: 'looks at and starts processes' },
  {
    path: 'packages/launcher/src/built/run-program.ts',
    only: ['node:fs'],
    reason: 'runs before the ports are loaded, which are part of the program',
  },
  { path: 'packages/proxy/src/server/', only: ['node:http2', 'node:http'], reason: 'its gRPC server' },
  {
    path: 'packages/dashboard/src/http/pages.ts',
    only: ['node:fs'],
    reason: 'reads the built pages, which are part of the program',
  },
];

/** A longer file gives the reason in its first line, with these words. */
export const MAX_LINES = 600;
export const LONG_FILE_REASON = /^\/\/ Long because /;
