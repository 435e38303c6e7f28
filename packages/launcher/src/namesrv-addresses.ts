import { type ConfigProblem, whyNotEndpointList } from '@rocketmq-ts/kernel';
import { LauncherError } from './errors.ts';

/**
 * Throws `NAMESRV_ADDR_INVALID`, which ends the program with Apache's exit code, when the list of name servers is among the
 * problems. Source: BrokerStartup#createBrokerController.
 */
export function refuseNamesrvAddr(problems: readonly ConfigProblem[], source: string): void {
  const problem = problems.find(({ key }) => key === 'namesrvAddr');
  if (problem === undefined) return;
  const { value } = problem;
  throw new LauncherError(
    'NAMESRV_ADDR_INVALID',
    `The Name Server Address[${value}] illegal, please set it as follows, "127.0.0.1:9876;192.168.0.1:9876" (${whyNotEndpointList(value) ?? problem.allowed}; ${source})`,
  );
}
