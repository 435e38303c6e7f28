import { nodeNetwork } from '@rocketmq-ts/kernel';
import { describeNetworkContract, simulatedPlatform } from '@rocketmq-ts/testkit';

describeNetworkContract('the real network', () => ({ network: nodeNetwork }));

describeNetworkContract('the simulated network', () => ({ network: simulatedPlatform(1).network }));
