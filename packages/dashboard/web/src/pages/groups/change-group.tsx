import { Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { GROUP_ROUTES, type GroupConfigView } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { ConfirmWrite } from '../../parts/confirm-write.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { useText } from '../../shell/language.ts';
import { namesOf } from '../../shell/write-targets.ts';
import { NO_SETTINGS, readSettings, type SettingsDraft, SettingsFields } from './settings-fields.tsx';
import { text } from './text.ts';

/** The dialog that changes settings of a group: what is not touched stays as it is on each broker. */
export function ChangeGroup(props: {
  readonly group: string;
  readonly brokers: GroupConfigView['brokers'];
  readonly isOpen: boolean;
  readonly onClose: () => void;
}) {
  const { group, brokers, isOpen, onClose } = props;
  const cluster = useCluster();
  const t = useText(text);
  const queries = useQueryClient();
  const [draft, setDraft] = useState<SettingsDraft>(NO_SETTINGS);
  const targets = useMemo(() => brokers.map(({ brokerName, address }) => ({ brokerName, address })), [brokers]);
  const form = readSettings(draft);
  return (
    <ConfirmWrite
      isOpen={isOpen}
      onClose={() => {
        setDraft(NO_SETTINGS);
        onClose();
      }}
      title={t.edit}
      action={t.saveChanges}
      targets={targets}
      isReady={form !== undefined && Object.keys(form).length > 0}
      write={(chosen) =>
        call(GROUP_ROUTES.changeGroup, {
          params: { cluster: cluster.id, group },
          body: { ...form, brokers: namesOf(chosen) },
        })
      }
      onDone={() => void queries.invalidateQueries()}
    >
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          {t.keepText}
        </Text>
        <SettingsFields
          draft={draft}
          setDraft={setDraft}
          noneText={t.keep}
          shown={(name) => {
            const values = new Set(brokers.flatMap(({ settings }) => settings?.[name] ?? []));
            return [...values]
              .map((value) => (typeof value === 'boolean' ? (value ? t.yes : t.no) : String(value)))
              .join(', ');
          }}
        />
      </Stack>
    </ConfirmWrite>
  );
}
