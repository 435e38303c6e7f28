import { Button, Checkbox, Group, Stack, Text } from '@mantine/core';
import { type ReactNode, useMemo, useState } from 'react';
import type { BrokerResult, Route } from '../../../src/api/index.ts';
import { useText } from '../shell/language.ts';
import { useMayWrite } from '../shell/may-write.ts';
import { namesOf } from '../shell/write-targets.ts';
import { Card } from './card.tsx';
import { ConfirmWrite } from './confirm-write.tsx';
import { text } from './text.ts';

interface Broker {
  readonly brokerName: string;
  readonly cluster: string;
  readonly address: string;
}

/**
 * Chooses clusters or single brokers and deletes there, after the name was typed. With one cluster all its brokers are chosen
 * at first, with several none: what is meant for one must not reach another.
 */
export function DeletePanel(props: {
  readonly title: string;
  readonly action: string;
  /** To be typed. */
  readonly name: string;
  readonly change: Route;
  readonly brokers: readonly Broker[];
  /** What is lost, and choices. */
  readonly children: ReactNode;
  readonly remove: (brokerNames: readonly string[]) => Promise<readonly BrokerResult[]>;
  /** After something was deleted. */
  readonly onClosed: () => void;
}) {
  const { title, action, name, change, brokers, children, remove, onClosed } = props;
  const clusters = useMemo(() => [...new Set(brokers.map(({ cluster }) => cluster))], [brokers]);
  const [chosen, setChosen] = useState<readonly string[]>(() =>
    clusters.length === 1 ? brokers.map(({ brokerName }) => brokerName) : [],
  );
  const mayWrite = useMayWrite(change);
  const [isAsking, setAsking] = useState(false);
  const [isDone, setDone] = useState(false);
  const targets = useMemo(() => brokers.filter(({ brokerName }) => chosen.includes(brokerName)), [brokers, chosen]);
  return (
    <Card title={title}>
      <Stack gap="md" maw={680}>
        {children}
        {clusters.map((cluster) => (
          <ClusterChoice
            key={cluster}
            cluster={cluster}
            brokers={brokers.filter((broker) => broker.cluster === cluster)}
            chosen={chosen}
            setChosen={setChosen}
          />
        ))}
        <Group>
          <Button color="red" disabled={!mayWrite || targets.length === 0} onClick={() => setAsking(true)}>
            {action}
          </Button>
        </Group>
      </Stack>
      <ConfirmWrite
        isOpen={isAsking}
        onClose={() => {
          setAsking(false);
          if (isDone) onClosed();
        }}
        title={title}
        action={action}
        targets={targets}
        typedName={name}
        write={(picked) => remove(namesOf(picked))}
        onDone={() => setDone(true)}
      />
    </Card>
  );
}

function ClusterChoice(props: {
  readonly cluster: string;
  readonly brokers: readonly Broker[];
  readonly chosen: readonly string[];
  readonly setChosen: (names: readonly string[]) => void;
}) {
  const { cluster, brokers, chosen, setChosen } = props;
  const t = useText(text);
  const names = brokers.map(({ brokerName }) => brokerName);
  const here = names.filter((name) => chosen.includes(name));
  const others = chosen.filter((name) => !names.includes(name));
  return (
    <Stack gap={6} role="group" aria-label={`${t.cluster} ${cluster}`}>
      <Checkbox
        label={
          <Text span size="sm" fw={600}>
            {t.cluster} {cluster}
          </Text>
        }
        checked={here.length === names.length}
        indeterminate={here.length > 0 && here.length < names.length}
        onChange={() => setChosen(here.length === names.length ? others : [...others, ...names])}
      />
      {brokers.map(({ brokerName, address }) => (
        <Checkbox
          key={brokerName}
          ml="lg"
          label={`${brokerName}  ${address}`}
          checked={chosen.includes(brokerName)}
          onChange={(event) =>
            setChosen(
              event.currentTarget.checked ? [...chosen, brokerName] : chosen.filter((name) => name !== brokerName),
            )
          }
        />
      ))}
    </Stack>
  );
}
