import { defineText } from '../shell/language.ts';

export const spanText = defineText({
  en: {
    span: 'Span of time',
    from: 'From',
    to: 'To',
    '1h': 'Last hour',
    '6h': 'Last 6 hours',
    '24h': 'Last 24 hours',
    '7d': 'Last 7 days',
    '30d': 'Last 30 days',
    own: 'Own span',
  },
  zh: {
    span: '时间范围',
    from: '开始时间',
    to: '结束时间',
    '1h': '最近 1 小时',
    '6h': '最近 6 小时',
    '24h': '最近 24 小时',
    '7d': '最近 7 天',
    '30d': '最近 30 天',
    own: '自定义',
  },
});
