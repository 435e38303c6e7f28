import { configTable, flagProperty, integerProperty, optionalTextProperty } from '@rocketmq-ts/kernel';

/** How a broker finds its name servers, beside `namesrvAddr`. Source: BrokerConfig, BrokerStartup#properties2SystemEnv. */
export const nameServerProperties = configTable({
  fetchNameSrvAddrByDnsLookup: flagProperty(false, {
    meaning: 'a name in namesrvAddr that has several addresses is so many name servers',
    change: 'live',
  }),
  fetchNamesrvAddrByAddressServer: flagProperty(false, {
    meaning: 'without namesrvAddr, an address server is asked for the name servers',
  }),
  fetchNamesrvAddrInterval: integerProperty(10_000, {
    meaning: 'how often the address server is asked',
    unit: 'ms',
    min: 1000,
  }),
  updateNameServerAddrPeriod: integerProperty(120_000, {
    meaning: 'how often the names in namesrvAddr are looked up',
    unit: 'ms',
    min: 1000,
  }),
  rmqAddressServerDomain: optionalTextProperty({
    meaning:
      'host or host:port of the address server, which is asked for http://<domain>:8080/rocketmq/<subgroup>; default: jmenv.tbsite.net',
    allowed: 'a host or host:port',
    whyNot: (value) => (URL.canParse(`http://${value}/`) ? undefined : 'it is no part of an http: address'),
  }),
  rmqAddressServerSubGroup: optionalTextProperty({ meaning: 'default: nsaddr' }),
});
