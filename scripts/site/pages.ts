/** A part of the navigation: its heading in English and Chinese, and its pages as paths in the checkout. */
export interface Section {
  readonly title: string;
  readonly chineseTitle: string;
  readonly pages: readonly string[];
}

const guide = (name: string): string => `docs/guide/${name}.md`;

/** Every page of the site, in the order in which a newcomer reads them. A page of docs/ that is in no section fails the build. */
export const SECTIONS: readonly Section[] = [
  {
    title: 'Guide',
    chineseTitle: '指南',
    pages: [
      'README.md',
      guide('README'),
      ...['first-steps', 'sending', 'consuming', 'ordered', 'delayed', 'transactions', 'request-reply'].map(guide),
      ...['pull-consumer', 'filters', 'broadcasting', 'values', 'observing', 'outbox'].map(guide),
      ...['from-java', 'from-kafkajs', 'from-ali-ons'].map(guide),
    ],
  },
  {
    title: 'Features',
    chineseTitle: '功能',
    pages: ['transactions', 'delayed-messages', 'filters', 'sender', 'client-options', 'client-status'].map(docs),
  },
  {
    title: 'Running it',
    chineseTitle: '运维',
    pages: [
      ...['mqadmin', 'console', 'metrics', 'deploy', 'configuration', 'replication', 'controller'].map(docs),
      ...['acting-master', 'name-servers', 'store-tool', 'limits', 'errors', 'benchmarks'].map(docs),
    ],
  },
  {
    title: 'API reference',
    chineseTitle: 'API 参考',
    pages: ['README', 'client', 'admin', 'sender', 'testing', 'nestjs', 'opentelemetry'].map(
      (name) => `docs/api/${name}.md`,
    ),
  },
  {
    title: 'How it works',
    chineseTitle: '实现',
    pages: [...['architecture', 'reliability', 'protocol'].map(docs), 'CONTRIBUTING.md'],
  },
];

function docs(name: string): string {
  return `docs/${name}.md`;
}
