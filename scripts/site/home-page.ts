import type { SiteMap } from './sources.ts';

interface Texts {
  readonly tagline: string;
  readonly start: string;
  readonly guide: string;
  readonly features: readonly { readonly title: string; readonly details: string; readonly page: string }[];
}

const ENGLISH: Texts = {
  tagline:
    'Name server, broker, client, mqadmin and console on Node.js. Wire-compatible and disk-compatible with Apache RocketMQ 5.4.0.',
  start: 'Start',
  guide: 'Guide',
  features: [
    {
      title: 'One command',
      details: 'npm ci && npm start: name server, broker and console in one process, in less than a second.',
      page: '/start',
    },
    {
      title: 'Every client works',
      details: 'Apache’s clients, brokers and tools work against these parts, and these parts against theirs.',
      page: '/docs/protocol',
    },
    {
      title: 'Nothing is lost',
      details:
        'What was acknowledged survives what its mode promises. Simulations, killed processes and faulty disks test it.',
      page: '/docs/reliability',
    },
    {
      title: 'Measured',
      details: 'Beside Apache’s broker on the same machine in the same run, the misses shown as well.',
      page: '/docs/benchmarks',
    },
    {
      title: 'For JavaScript teams',
      details: 'A typed client, an outbox, a cluster inside your test, NestJS and OpenTelemetry.',
      page: '/docs/guide/README',
    },
    {
      title: 'For operators',
      details: 'The commands, property names, files and end-points that you know.',
      page: '/docs/configuration',
    },
  ],
};

const CHINESE: Texts = {
  tagline:
    '运行在 Node.js 上的 NameServer、Broker、客户端、mqadmin 与控制台，协议与磁盘格式兼容 Apache RocketMQ 5.4.0。',
  start: '开始',
  guide: '指南',
  features: [
    {
      title: '一条命令',
      details: 'npm ci && npm start：NameServer、Broker 和控制台在一个进程里，一秒内启动。',
      page: '/zh/start',
    },
    {
      title: '客户端通用',
      details: 'Apache 的客户端、Broker 和工具可以直接连接，反过来也一样。',
      page: '/docs/protocol',
    },
    {
      title: '不丢消息',
      details: '已确认的消息按所选模式保存；用模拟、杀进程和故障磁盘持续验证。',
      page: '/docs/reliability',
    },
    {
      title: '有据可查',
      details: '与 Apache 的 Broker 在同一台机器、同一轮中对比测量，未达标的也列出。',
      page: '/docs/benchmarks',
    },
    {
      title: '为 JavaScript 团队',
      details: '带类型的客户端、Outbox、测试内集群、NestJS 与 OpenTelemetry。',
      page: '/zh/guide/README',
    },
    { title: '为运维人员', details: '沿用熟悉的命令、配置项、文件与 HTTP 接口。', page: '/docs/configuration' },
  ],
};

/** The first page of the site in one language, for VitePress's home layout. */
export function homePage(language: 'english' | 'chinese', map: SiteMap): string {
  const { tagline, start, guide, features } = language === 'english' ? ENGLISH : CHINESE;
  const [startLink, guideLink] = [map[language][0]!.items[0]!.link, map[language][0]!.items[1]!.link];
  const page = {
    layout: 'home',
    hero: {
      name: 'rocketmq-ts',
      text: 'Apache RocketMQ, TypeScript',
      tagline,
      actions: [
        { theme: 'brand', text: start, link: startLink },
        { theme: 'alt', text: guide, link: guideLink },
      ],
    },
    features: features.map(({ title, details, page: link }) => ({ title, details, link })),
  };
  // YAML is a superset of JSON.
  return `---\n${JSON.stringify(page, null, 2)}\n---\n`;
}
