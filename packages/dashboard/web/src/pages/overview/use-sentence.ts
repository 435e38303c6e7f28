import type { Finding } from '../../../../src/api/index.ts';
import { useFormat } from '../../shell/format.ts';
import { useText } from '../../shell/language.ts';
import { text } from './text.ts';

/** A finding as a sentence. */
export function useSentence(): (finding: Finding) => string {
  const t = useText(text);
  const format = useFormat();
  return (finding) => {
    switch (finding.kind) {
      case 'noNameServer':
        return t.noNameServer(finding.reason);
      case 'noBroker':
        return t.noBroker;
      case 'brokerDown':
        return (finding.isRefusal ? t.brokerRefuses : t.brokerDown)(
          finding.brokerName,
          finding.address,
          format.duration(Date.now() - finding.sinceMs),
          finding.reason,
        );
      case 'noMaster':
        return t.noMaster(finding.brokerName);
      case 'diskFull':
        return t.diskFull(finding.brokerName, format.percent(finding.ratio));
      case 'notWritable':
        return t.notWritable(finding.brokerName, finding.reason);
      case 'slowStore':
        return t.slowStore(finding.brokerName, format.rate(finding.latencyMs));
      case 'slowAnswers':
        return t.slowAnswers(finding.brokerName, format.count(finding.latencyMs));
      case 'diverged':
        return t.diverged(finding.brokerName, finding.reason);
      case 'versionsDiffer':
        return t.versionsDiffer(finding.versions.join(', '));
      case 'lag':
        return t.lag(finding.group, format.count(finding.lag));
      case 'deadLetters':
        return t.deadLetters(finding.group, format.count(finding.letters));
      case 'lagAge':
        return t.lagAge(finding.group, format.duration(finding.ageMs));
      case 'fewMembers':
        return t.fewMembers(finding.group, finding.members, finding.limit);
      case 'historyInMemory':
        return t.historyInMemory(finding.reason);
    }
  };
}
