import { defineText } from '../../shell/language.ts';

export const text = defineText({
  en: {
    title: 'Proxies',
    about:
      'Proxies of RocketMQ that the console knows, asked at their remoting ports from the machine of this console now. A proxy gives no configuration over this protocol.',
    none: 'No proxy',
    noneText: 'Add the remoting address of one, or set rocketmq.config.proxyAddrs.',
    address: 'Address',
    answer: 'Answer',
    current: 'current',
    currentTitle: 'Scripts get it from /proxy/homePage.query.',
    choose: (address: string) => `Choose ${address}`,
    chooseAction: 'Choose',
    add: 'Add a proxy',
    addText: 'It stays until the console ends; rocketmq.config.proxyAddrs has those that are there from the start.',
    addressText:
      'host:port of its remoting protocol, 8080 by default. The port of gRPC does not answer to the console.',
  },
  zh: {
    title: 'Proxy',
    about: '控制台已知的 RocketMQ Proxy，从控制台所在机器实时访问其 Remoting 端口。Proxy 不通过该协议提供配置。',
    none: '没有 Proxy',
    noneText: '请添加 Proxy 的 Remoting 地址，或设置 rocketmq.config.proxyAddrs。',
    address: '地址',
    answer: '结果',
    current: '当前',
    currentTitle: '脚本通过 /proxy/homePage.query 获取该地址。',
    choose: (address) => `选用 ${address}`,
    chooseAction: '选用',
    add: '添加 Proxy',
    addText: '在控制台进程结束前有效；启动时即有的地址请在 rocketmq.config.proxyAddrs 中设置。',
    addressText: 'Remoting 协议的 host:port，默认端口 8080。gRPC 端口不会响应控制台。',
  },
});
