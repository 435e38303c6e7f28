import { defineText } from '../shell/language.ts';

/** What is said of an address that was asked. */
export const reachText = defineText({
  en: {
    answered: (ms: string) => `${ms} ms`,
    brokerIP1:
      'The broker announces this address to its clients. In a container or on a machine with several networks it is often one that others can not reach: set brokerIP1 in its configuration to the address that clients use.',
    loopback:
      'The broker announces an address of its own machine, so that only clients there can reach it. Set brokerIP1 in its configuration.',
    firewall: 'Nothing came back: look for a firewall or a security group in between.',
    notRunning: 'The machine answers, but nothing listens at this port: has the process ended?',
    hangs: 'It takes connections and does not answer: the process hangs, or has more to do than it can.',
    nameHint: 'The name can not be resolved from the machine of this console.',
  },
  zh: {
    answered: (ms) => `${ms} ms`,
    brokerIP1:
      '该地址由 Broker 向客户端公布。在容器或多网卡环境中，常常是其他机器无法访问的地址：请在 Broker 配置中将 brokerIP1 设置为客户端可访问的地址。',
    loopback: 'Broker 公布的是本机回环地址，只有同一台机器上的客户端可以访问。请在 Broker 配置中设置 brokerIP1。',
    firewall: '没有任何响应：请检查中间的防火墙或安全组。',
    notRunning: '机器可达，但该端口没有进程监听：进程是否已退出？',
    hangs: '连接已建立但没有响应：进程可能已挂起或负载过高。',
    nameHint: '控制台所在机器无法解析该主机名。',
  },
});
