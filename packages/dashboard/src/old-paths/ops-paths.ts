import type { ClusterRegistry } from '../clusters/registry.ts';
import type { ProxyList } from '../proxies/proxy-list.ts';
import type { ClusterChoice } from './cluster-choice.ts';
import { type OldEndpoint, Plain } from './endpoint.ts';
import { OldPathError } from './values.ts';

/** What `/ops/…` and `/proxy/…` are about. */
export interface OpsContext {
  readonly registry: ClusterRegistry;
  readonly choice: ClusterChoice;
  readonly useTls: boolean;
  readonly proxies: ProxyList;
}

/** `/ops/…`, `/rocketmq/…`, `/proxy/…`. Source: OpsController, NamesvrController, ProxyController. */
export function opsPaths({ registry, choice, useTls, proxies }: OpsContext): readonly OldEndpoint[] {
  const nameServers = (): string[] => registry.list().map(({ namesrvAddresses }) => namesrvAddresses.join(';'));
  return [
    {
      method: 'GET',
      path: '/ops/homePage.query',
      access: 'read',
      run: ({ cluster }) => ({
        currentNamesrv: cluster.namesrvAddresses.join(';'),
        namesvrAddrList: nameServers(),
        useVIPChannel: false,
        useTLS: useTls,
      }),
    },
    {
      method: 'POST',
      path: '/ops/updateNameSvrAddr.do',
      access: 'write',
      run({ request, values }) {
        choice.choose(request, values.text('nameSvrAddrList'));
        return true;
      },
    },
    {
      method: 'POST',
      path: '/ops/addNameSvrAddr.do',
      access: 'write',
      async run({ values }) {
        const namesrvAddr = values.text('newNamesrvAddr').trim();
        // A list that is known already is no error.
        if (choice.find(namesrvAddr) === undefined) await registry.add({ namesrvAddr });
        return true;
      },
    },
    {
      method: 'POST',
      path: '/ops/updateIsVIPChannel.do',
      access: 'write',
      run({ values }) {
        if (!values.flag('useVIPChannel')) return true;
        throw new OldPathError('useVIPChannel=true is not needed: brokers are asked at the port that they registered.');
      },
    },
    {
      method: 'POST',
      path: '/ops/updateUseTLS.do',
      access: 'write',
      run({ values }) {
        if (values.flag('useTLS') === useTls) return true;
        throw new OldPathError('useTLS belongs to a start: set rocketmq.config.useTLS.');
      },
    },
    {
      method: 'GET',
      path: '/ops/rocketMqStatus.query',
      access: 'read',
      run: () => ({ CLUSTER_HEALTH_CHECK: null, TOPIC_ONLY_ONE_BROKER_CHECK: null }),
    },
    ...['/rocketmq/nsaddr.query', '/rocketmq/nsaddr'].map(
      (path): OldEndpoint => ({
        method: 'GET',
        path,
        access: 'read',
        run: ({ cluster }) => new Plain(cluster.namesrvAddresses.join(';'), 'text/plain; charset=utf-8'),
      }),
    ),
    ...proxyPaths(proxies),
  ];
}

function proxyPaths(proxies: ProxyList): readonly OldEndpoint[] {
  return [
    {
      method: 'GET',
      path: '/proxy/homePage.query',
      access: 'read',
      run: () => ({ currentProxyAddr: proxies.current ?? null, proxyAddrList: proxies.addresses }),
    },
    {
      method: 'POST',
      path: '/proxy/addProxyAddr.do',
      access: 'write',
      run({ values }) {
        proxies.add(values.text('newProxyAddr'));
        return true;
      },
    },
    {
      method: 'POST',
      path: '/proxy/updateProxyAddr.do',
      access: 'write',
      run({ values }) {
        const address = values.text('proxyAddr');
        // One that is not known yet is added, as Apache's dashboard takes any.
        proxies.add(address);
        proxies.choose(address);
        return true;
      },
    },
  ];
}
