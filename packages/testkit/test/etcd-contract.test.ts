import { SimulatedEnvironment } from '@rocketmq-ts/testkit';
import { describeEtcdContract, SimulatedEtcd } from '@rocketmq-ts/testkit/etcd';

describeEtcdContract('the simulated etcd', async () => {
  const { clock, random } = new SimulatedEnvironment(1);
  const etcd = new SimulatedEtcd({ clock, random });
  return {
    first: etcd.connect('first'),
    second: etcd.connect('second'),
    run: (work) => clock.run(work),
    pass: (ms) => clock.advance(ms),
  };
});
