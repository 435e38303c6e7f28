import { configTable, flagProperty, integerProperty } from '@rocketmq-ts/kernel';

/** What a slave serves, and how a master hands its tables to slaves. Source: BrokerConfig, MessageStoreConfig. */
export const slaveProperties = configTable({
  slaveReadEnable: flagProperty(false, {
    meaning:
      'consumers may read from slaves: a slave answers pulls, and a master sends consumers that read old messages there; to be set at both',
    change: 'live',
  }),
  offsetCheckInSlave: flagProperty(false, {
    meaning: 'a slave corrects consumers whose offset is outside of its queue, as a master does',
    change: 'live',
  }),
  enableSplitMetadata: flagProperty(true, {
    meaning: 'slaves that ask for pages of topics and groups get pages, others everything at once',
    change: 'live',
  }),
  splitMetadataSize: integerProperty(2000, {
    meaning: 'topics or groups of a page',
    min: 1,
    change: 'live',
  }),
});
