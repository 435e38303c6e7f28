import { Checkbox, SegmentedControl, Stack } from '@mantine/core';
import { useState } from 'react';
import { ALERT_ROUTES, GROUP_RULE_KINDS, type GroupRuleKind } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { ConfirmWrite } from '../../parts/confirm-write.tsx';
import { NameInput } from '../../parts/name-input.tsx';
import { useText } from '../../shell/language.ts';
import { LastingField, LimitField } from './rule-fields.tsx';
import { text } from './text.ts';

const GROUP = /^[%|\w-]+$/;
/** Where nobody has said anything yet. */
const LIMITS: Readonly<Record<GroupRuleKind, number>> = { fewMembers: 1, lag: 10_000, lagAge: 10, deadLetters: 1 };

/** Makes a rule for a group. */
export function CreateRule(props: {
  readonly cluster: string;
  readonly onClose: () => void;
  readonly onDone: () => void;
}) {
  const { cluster, ...dialog } = props;
  const t = useText(text);
  const [kind, setKind] = useState<GroupRuleKind>('fewMembers');
  const [group, setGroup] = useState('');
  const [limits, setLimits] = useState(LIMITS);
  const [forMs, setForMs] = useState(60_000);
  const [onlyHere, setOnlyHere] = useState(false);
  const name = group.trim();
  const isBad = name !== '' && !GROUP.test(name);
  return (
    <ConfirmWrite
      {...dialog}
      isOpen
      title={t.create}
      action={t.create}
      targets={[]}
      isReady={name !== '' && !isBad}
      write={async () => {
        const body = { kind, group: name, limit: limits[kind], forMs, onlyHere };
        await call(ALERT_ROUTES.createAlertRule, { params: { cluster }, body });
        return [];
      }}
    >
      <Stack gap="sm">
        <SegmentedControl
          aria-label={t.kind}
          style={{ alignSelf: 'flex-start' }}
          data={GROUP_RULE_KINDS.map((value) => ({ value, label: t[value] }))}
          value={kind}
          onChange={(value) => setKind(GROUP_RULE_KINDS.find((each) => each === value) ?? kind)}
        />
        <NameInput
          label={t.group}
          description={t.createText}
          value={group}
          error={isBad ? t.badGroup : undefined}
          change={setGroup}
        />
        <LimitField
          key={kind}
          kind={kind}
          value={limits[kind]}
          change={(limit) => setLimits({ ...limits, [kind]: limit })}
        />
        <LastingField value={forMs} change={setForMs} />
        <Checkbox
          label={t.onlyHere}
          checked={onlyHere}
          onChange={(event) => setOnlyHere(event.currentTarget.checked)}
        />
      </Stack>
    </ConfirmWrite>
  );
}
