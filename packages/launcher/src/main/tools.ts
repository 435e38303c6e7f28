import { pathToFileURL } from 'node:url';
import { asError, CodedError, nodePlatform } from '@rocketmq-ts/kernel';
import { exampleModule, exampleNames } from '../example-programs.ts';
import { toolEnvironment } from '../tool-environment.ts';

/** What every module under examples/src offers. */
interface Example {
  main(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Promise<void>;
}

const isSystemProperty = (word: string): boolean => word.startsWith('-D');
const words = process.argv.slice(2);
const [className, ...args] = words.filter((word) => !isSystemProperty(word));
const { environment } = toolEnvironment(words.filter(isSystemProperty));
const { root, namesrvAddr } = environment;
const path = className === undefined ? undefined : exampleModule(nodePlatform.disk, root, className);

if (path === undefined) {
  const known = exampleNames(nodePlatform.disk, root).map((name) => `  ${name}`);
  const problem = className === undefined ? 'Which program?' : `There is no program ${className}.`;
  console.error([problem, 'Programs:', ...known].join('\n'));
  process.exitCode = 1;
} else {
  const example = (await import(pathToFileURL(path).href)) as Example;
  try {
    await example.main(args, { ...process.env, NAMESRV_ADDR: namesrvAddr });
  } catch (error) {
    console.error(error instanceof CodedError ? `${error.code}: ${error.message}` : asError(error).stack);
    // What the program has opened and not closed must not hold up its failure.
    process.exit(1);
  }
}
