import { Stack } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useLocation } from 'wouter';
import { GROUP_ROUTES, type GroupConfigView, type GroupSettings } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { ConfirmWrite } from '../../parts/confirm-write.tsx';
import { ErrorBox } from '../../parts/error-box.tsx';
import { NameInput } from '../../parts/name-input.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { useText } from '../../shell/language.ts';
import { pagePath } from '../../shell/path.ts';
import { anyDone, namesOf, useWriteTargets, writeTargets } from '../../shell/write-targets.ts';
import { NO_SETTINGS, readSettings, type SettingsDraft, SettingsFields } from './settings-fields.tsx';
import { text } from './text.ts';

/** Source: TopicValidator. */
const NAME = /^[%|a-zA-Z0-9_-]+$/;
const MAX_NAME_LENGTH = 120;
/** Settings of a new group. Source: SubscriptionGroupConfig. */
const DEFAULTS: Readonly<Record<string, string | boolean>> = {
  consumeEnable: true,
  consumeMessageOrderly: false,
  consumeBroadcastEnable: true,
  consumeFromMinEnable: true,
  notifyConsumerIdsChangedEnable: true,
  retryMaxTimes: '16',
  retryQueueNums: '1',
  consumeTimeoutMinute: '15',
  brokerId: '0',
  whichBrokerWhenConsumeSlowly: '1',
};

/** The dialog that makes a group; afterwards its page is shown. `only`: an existing one, to be made on these brokers too. */
export function CreateGroup(props: {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly only?: {
    readonly group: string;
    readonly brokers: GroupConfigView['brokers'];
    readonly settings: GroupSettings | undefined;
  };
}) {
  const { isOpen, onClose, only } = props;
  const cluster = useCluster();
  const t = useText(text);
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  const [name, setName] = useState('');
  const [draft, setDraft] = useState<SettingsDraft>(NO_SETTINGS);
  const [isMade, setMade] = useState(false);
  const all = useWriteTargets(cluster.id, isOpen && only === undefined);
  const targets = useMemo(
    () =>
      only?.brokers.map(({ brokerName, address }) => ({ brokerName, address })) ??
      writeTargets(all.data?.brokers ?? []),
    [only?.brokers, all.data],
  );
  const group = only?.group ?? name;
  const settings = only === undefined ? readSettings(draft) : (only.settings ?? {});
  const problem = problemOf(name);
  return (
    <ConfirmWrite
      isOpen={isOpen}
      onClose={() => {
        onClose();
        if (isMade && only === undefined) navigate(pagePath(cluster.id, 'groups', group, 'config'));
        if (isMade) {
          setName('');
          setDraft(NO_SETTINGS);
        }
        setMade(false);
      }}
      title={only === undefined ? t.createTitle : t.addBrokers}
      action={t.doCreate}
      targets={targets}
      isReady={
        targets.length > 0 && group !== '' && settings !== undefined && (only !== undefined || problem === undefined)
      }
      write={async (chosen) => {
        const body = { ...settings, group, brokers: namesOf(chosen) };
        const results = await call(GROUP_ROUTES.createGroup, { params: { cluster: cluster.id }, body });
        if (anyDone(results)) setMade(true);
        return results;
      }}
      onDone={() => void queries.invalidateQueries()}
    >
      {all.error !== null && <ErrorBox error={all.error} />}
      {only === undefined && (
        <Stack gap="sm">
          <NameInput
            label={t.name}
            description={t.nameHint}
            value={name}
            error={problem === undefined ? undefined : t[problem]}
            change={setName}
          />
          <SettingsFields
            draft={draft}
            setDraft={setDraft}
            noneText={t.byDefault}
            shown={(key) => {
              const value = DEFAULTS[key];
              return typeof value === 'boolean' ? (value ? t.yes : t.no) : (value ?? '');
            }}
          />
        </Stack>
      )}
    </ConfirmWrite>
  );
}

function problemOf(name: string): 'nameIllegal' | 'nameLong' | undefined {
  if (name !== '' && !NAME.test(name)) return 'nameIllegal';
  return name.length > MAX_NAME_LENGTH ? 'nameLong' : undefined;
}
