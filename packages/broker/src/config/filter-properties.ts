import { configTable, flagProperty, integerProperty } from '@rocketmq-ts/kernel';

/** SQL92 filters. Source: BrokerConfig, where `enablePropertyFilter` is false by default. */
export const filterProperties = configTable({
  enablePropertyFilter: flagProperty(true, {
    meaning: 'consumers may filter messages by SQL92 expressions; false by default in Apache’s broker',
    change: 'live',
  }),
  filterSupportRetry: flagProperty(false, {
    meaning:
      'an SQL92 subscription of a retry topic filters by what the group wants of the topic that a message was in first',
    change: 'live',
  }),
  filterDataCleanTimeSpan: integerProperty(86_400_000, {
    meaning: 'a filter of a group without members is forgotten after this time',
    unit: 'ms',
    min: 1000,
    change: 'live',
  }),
  maxErrorRateOfBloomFilter: integerProperty(20, {
    meaning: 'how often a bit map of messages may be wrong, in percent; decides the bits in consumerFilter.json',
    min: 1,
    max: 99,
  }),
  expectConsumerNumUseFilter: integerProperty(32, {
    meaning: 'groups with SQL92 filters that are expected; decides the bits in consumerFilter.json',
    min: 1,
    max: 1_000_000,
  }),
});
