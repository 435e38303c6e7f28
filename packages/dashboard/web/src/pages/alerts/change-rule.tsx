import { Checkbox, NativeSelect, Stack } from '@mantine/core';
import { useState } from 'react';
import { ALERT_ROUTES, type AlertRule } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { ConfirmWrite } from '../../parts/confirm-write.tsx';
import { useText } from '../../shell/language.ts';
import { LastingField, LimitField } from './rule-fields.tsx';
import { text } from './text.ts';

const HOUR_MS = 3_600_000;

/** Changes limit and time of a rule, switches it on or off, silences it for a while. */
export function ChangeRule(props: {
  readonly cluster: string;
  readonly rule: AlertRule;
  readonly name: string;
  readonly onClose: () => void;
  readonly onDone: () => void;
}) {
  const { cluster, rule, name, ...dialog } = props;
  const t = useText(text);
  const [limit, setLimit] = useState(rule.limit);
  const [forMs, setForMs] = useState(rule.forMs);
  const [isOn, setOn] = useState(rule.isOn);
  const [silence, setSilence] = useState('');
  const silences = [
    { value: '', label: t.keep },
    ...(rule.silentUntilMs === undefined ? [] : [{ value: '0', label: t.speak }]),
    { value: String(HOUR_MS), label: t.hour },
    { value: String(8 * HOUR_MS), label: t.hours },
    { value: String(24 * HOUR_MS), label: t.day },
    { value: String(168 * HOUR_MS), label: t.week },
  ];
  return (
    <ConfirmWrite
      {...dialog}
      isOpen
      title={t.change(name)}
      action={t.save}
      targets={[]}
      write={async () => {
        const body = { limit, forMs, isOn, ...(silence === '' ? {} : { silentMs: Number(silence) }) };
        await call(ALERT_ROUTES.changeAlertRule, { params: { cluster, rule: rule.id }, body });
        return [];
      }}
    >
      <Stack gap="sm">
        <LimitField kind={rule.kind} value={limit} change={setLimit} />
        <LastingField value={forMs} change={setForMs} />
        <Checkbox label={t.isOn} checked={isOn} onChange={(event) => setOn(event.currentTarget.checked)} />
        <NativeSelect
          label={t.silence}
          data={silences}
          value={silence}
          onChange={(event) => setSilence(event.currentTarget.value)}
        />
      </Stack>
    </ConfirmWrite>
  );
}
