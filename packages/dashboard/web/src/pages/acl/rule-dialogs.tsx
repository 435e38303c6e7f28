import { Checkbox, Group, SegmentedControl, Stack, Text, Textarea } from '@mantine/core';
import { useState } from 'react';
import { ACL_ACTIONS, ACL_DECISIONS, ACL_ROUTES, type AccountEntry } from '../../../../src/api/index.ts';
import { call } from '../../call.ts';
import { ConfirmWrite, type WriteTarget } from '../../parts/confirm-write.tsx';
import { NameInput } from '../../parts/name-input.tsx';
import { useText } from '../../shell/language.ts';
import { namesOf } from '../../shell/write-targets.ts';
import { text } from './text.ts';

/** A rule of one resource with whose it is. */
export interface RuleEntry extends AccountEntry {
  readonly subject: string;
  readonly brokers: readonly string[];
  readonly differs: boolean;
}

interface DialogProps {
  readonly cluster: string;
  readonly targets: readonly WriteTarget[];
  readonly onClose: () => void;
  readonly onDone: () => void;
}

const RESOURCE = /^(?:\*|(?:Topic|Group|Cluster|Namespace):[^\s,]+)$/;

/** Creates rules of a user, or changes one. */
export function ChangeRule({ cluster, entry, ...dialog }: DialogProps & { readonly entry: RuleEntry | undefined }) {
  const t = useText(text);
  const [user, setUser] = useState('');
  const [resources, setResources] = useState(entry?.resource ?? '');
  const [actions, setActions] = useState<readonly string[]>(() => knownActions(entry?.actions ?? []));
  const [sources, setSources] = useState((entry?.sourceIps ?? []).join('\n'));
  const [decision, setDecision] = useState<(typeof ACL_DECISIONS)[number]>(
    entry?.decision.toLowerCase() === 'deny' ? 'Deny' : 'Allow',
  );
  const named = linesOf(resources);
  const isBad = named.some((each) => !RESOURCE.test(each));
  return (
    <ConfirmWrite
      {...dialog}
      isOpen
      title={entry === undefined ? t.newRule : t.changeRule(entry.resource)}
      action={entry === undefined ? t.create : t.save}
      isReady={(entry !== undefined || user.trim() !== '') && named.length > 0 && !isBad && actions.length > 0}
      write={(chosen) => {
        const body = {
          ...{ brokers: namesOf(chosen), resources: named, decision },
          actions: ACL_ACTIONS.filter((each) => actions.includes(each)),
          sourceIps: linesOf(sources),
          policyType: entry?.policyType === 'Default' ? ('Default' as const) : ('Custom' as const),
        };
        return entry === undefined
          ? call(ACL_ROUTES.createRule, { params: { cluster }, body: { ...body, subject: `User:${user.trim()}` } })
          : call(ACL_ROUTES.changeRule, { params: { cluster, subject: entry.subject }, body });
      }}
    >
      <Stack gap="sm">
        {entry === undefined && (
          <>
            <NameInput label={t.user} description={t.newRuleText} value={user} change={setUser} />
            <Textarea
              label={t.resources}
              description={t.resourcesHint}
              required
              autosize
              minRows={1}
              spellCheck={false}
              value={resources}
              error={isBad ? t.badResource : undefined}
              onChange={(event) => setResources(event.currentTarget.value)}
            />
          </>
        )}
        <Checkbox.Group
          label={t.actions}
          required
          value={[...actions]}
          onChange={(chosen: string[]) => setActions(chosen)}
        >
          <Group gap="sm" mt={4}>
            {ACL_ACTIONS.map((action) => (
              <Checkbox key={action} value={action} label={action} />
            ))}
          </Group>
        </Checkbox.Group>
        <Textarea
          label={t.sources}
          description={t.sourcesHint}
          autosize
          minRows={1}
          spellCheck={false}
          value={sources}
          onChange={(event) => setSources(event.currentTarget.value)}
        />
        <SegmentedControl
          aria-label={t.decision}
          style={{ alignSelf: 'flex-start' }}
          data={ACL_DECISIONS.map((value) => ({ value, label: t[value] }))}
          value={decision}
          onChange={(value) => setDecision(value === 'Deny' ? 'Deny' : 'Allow')}
        />
      </Stack>
    </ConfirmWrite>
  );
}

/** Deletes the rule of one resource. */
export function DeleteRule({ cluster, entry, ...dialog }: DialogProps & { readonly entry: RuleEntry }) {
  const t = useText(text);
  const { subject, resource } = entry;
  return (
    <ConfirmWrite
      {...dialog}
      isOpen
      title={t.deleteRule(resource)}
      action={t.remove}
      typedName={subject}
      write={(chosen) =>
        call(ACL_ROUTES.deleteRule, {
          params: { cluster, subject },
          body: { brokers: namesOf(chosen), resource, confirm: subject },
        })
      }
    >
      <Text size="sm">{`${resource}: ${entry.actions.join(', ')}`}</Text>
    </ConfirmWrite>
  );
}

function linesOf(typed: string): string[] {
  return typed.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));
}

/** Brokers write them in any case. */
function knownActions(actions: readonly string[]): string[] {
  return ACL_ACTIONS.filter((known) => actions.some((each) => each.toLowerCase() === known.toLowerCase()));
}
