import { defineText } from '../shell/language.ts';

export const text = defineText({
  en: {
    differs: 'differs',
    differing: (names: string) => `The brokers differ in ${names}.`,
    same: 'All brokers have the same settings.',
    setting: 'Setting',
    notThere: 'not there',
  },
  zh: {
    differs: '不一致',
    differing: (names) => `各 Broker 的以下配置不一致：${names}。`,
    same: '所有 Broker 的配置一致。',
    setting: '配置项',
    notThere: '不存在',
  },
});
