import { CodedError, type ErrorEntry } from '@rocketmq-ts/kernel';

/** Why a program ends before its server is made. What each code means and what to do about it: `launcherErrors`. */
type LauncherErrorCode = keyof typeof launcherErrors;

/** Code → meaning, whether the same call may succeed later or elsewhere, advice. docs/errors.md is made from it. */
export const launcherErrors = {
  CONFIG_FILE_DAMAGED: {
    meaning: 'The file given with `-c` lost its content, as after a loss of power, and so did the backup beside it.',
    retryable: false,
    advice: 'Write the file anew.',
  },
  CONFIG_FILE_MISSING: {
    meaning: 'The file given with `-c` does not exist, or is a folder.',
    retryable: false,
    advice: 'Correct the path; it is taken from the current folder.',
  },
  DASHBOARD_PORT_IN_USE: {
    meaning: 'Another process listens on the port of the console.',
    retryable: true,
    advice: 'Stop that process, or give another port: `--server.port` of `mqdashboard`, `-dp` of `mqstart`.',
  },
  DISK_RATIO_INVALID: {
    meaning: '`-Drocketmq.broker.diskSpace…Ratio` is no fraction of a disk.',
    retryable: false,
    advice: 'Write a number above 0 and up to 1, such as 0.85, or set the percentage in the configuration file.',
  },
  HEALTH_PORT_IN_USE: {
    meaning: 'Another process listens on the port of the health pages.',
    retryable: true,
    advice: 'Set another `healthPort`; brokers that share a machine need one each.',
  },
  METRICS_PORT_IN_USE: {
    meaning: 'The page for Prometheus can not be opened: its port is taken, or its address is not of this machine.',
    retryable: true,
    advice: 'Set another `metricsPromExporterPort`; servers that share a machine need one each.',
  },
  NAMESRV_ADDR_INVALID: {
    meaning: 'A part of the list of name servers is not `host:port`. The exit code is 253.',
    retryable: false,
    advice: 'Write 127.0.0.1:9876;192.168.0.1:9876.',
  },
  NAMESRV_PORT_IN_USE: {
    meaning: 'Another process listens on the port that the name server of `mqstart` would take.',
    retryable: true,
    advice: 'Stop that process, or give another port with `-np`.',
  },
  OPTION_NOT_SERVED: {
    meaning: 'The command line has an option of Apache’s program that this version does not serve yet.',
    retryable: false,
    advice: 'Do what the message names instead.',
  },
  OPTION_VALUE_MISSING: {
    meaning: 'An option on the command line has no value.',
    retryable: false,
    advice: 'See the help text that is printed with it.',
  },
  TLS_SETTING_INVALID: {
    meaning: 'A `tls.…` setting has a value that it does not take, names a missing file, or lacks another one.',
    retryable: false,
    advice: 'Correct the setting that the message names.',
  },
  UNKNOWN_OPTION: {
    meaning: 'The command line has an option that the program does not have.',
    retryable: false,
    advice: 'See the help text that is printed with it.',
  },
  WORKERS_INVALID: {
    meaning: 'The configuration asks for workers that cannot be: their ports do not exist, or the program has none.',
    retryable: false,
    advice: 'Do what the message names.',
  },
  WORKER_FAILED: {
    meaning: 'A worker of the broker could not start; those that could were stopped again.',
    retryable: false,
    advice: 'Mend what the message names: it is what that broker would say alone.',
  },
} as const satisfies Record<string, ErrorEntry>;

/** A program cannot start its server; the message is one line for the operator. */
export class LauncherError extends CodedError<LauncherErrorCode> {}
