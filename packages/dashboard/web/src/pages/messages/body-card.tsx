import { Button, Checkbox, Group, SegmentedControl, Stack, Text } from '@mantine/core';
import { useEffect, useMemo, useState } from 'react';
import { BODY_SHOWN_BYTES, MESSAGE_ROUTES, type MessageDetail } from '../../../../src/api/index.ts';
import { callUrl } from '../../call.ts';
import { Card } from '../../parts/card.tsx';
import { useCluster } from '../../shell/cluster.tsx';
import { useFormat } from '../../shell/format.ts';
import { Icon } from '../../shell/icon.tsx';
import { useText } from '../../shell/language.ts';
import {
  type BodyForm,
  bestForm,
  bytesOf,
  gunzip,
  hexDump,
  type Inflated,
  isGzip,
  prettyJson,
  readableOf,
} from './body-form.ts';
import classes from './messages.module.css';
import { text } from './text.ts';

/** The body in the form that says most; the others can be chosen. */
export function BodyCard({ detail, id }: { readonly detail: MessageDetail; readonly id: string }) {
  const { bodyBase64, bodyBytes, topic } = detail;
  const cluster = useCluster();
  const t = useText(text);
  const format = useFormat();
  const bytes = useMemo(() => bytesOf(bodyBase64), [bodyBase64]);
  const isCut = bytes.length < bodyBytes;
  const inflated = useInflated(bytes, isCut);
  const seen = useMemo(() => inflated ?? { bytes, isCut }, [inflated, bytes, isCut]);
  const forms = useMemo(() => formsOf(seen, bytes, bodyBase64), [seen, bytes, bodyBase64]);
  const [chosen, setChosen] = useState<BodyForm | undefined>();
  const [wraps, setWraps] = useState(true);
  const form = chosen !== undefined && forms[chosen] !== undefined ? chosen : bestForm(seen.bytes, seen.isCut);
  const names = { text: t.asText, json: t.asJson, hex: t.asHex, base64: t.asBase64 };
  const offered = (Object.keys(names) as BodyForm[]).filter((each) => forms[each] !== undefined);
  const download = callUrl(MESSAGE_ROUTES.messageBody, { params: { cluster: cluster.id, topic, id } });
  return (
    <Card
      title={`${t.body} · ${format.bytes(bodyBytes)}`}
      tools={
        <Group gap="sm">
          <Checkbox
            size="xs"
            label={t.wrap}
            checked={wraps}
            onChange={(event) => setWraps(event.currentTarget.checked)}
          />
          <SegmentedControl
            size="xs"
            aria-label={t.bodyForm}
            data={offered.map((value) => ({ value, label: names[value] }))}
            value={form}
            onChange={(value) => setChosen(value as BodyForm)}
          />
          <Button
            component="a"
            href={download}
            download
            size="xs"
            variant="default"
            leftSection={<Icon name="download" size={14} />}
          >
            {t.download}
          </Button>
        </Group>
      }
    >
      {bodyBytes === 0 ? (
        <Text size="sm" c="dimmed">
          {t.bodyEmpty}
        </Text>
      ) : (
        <Stack gap="xs">
          {detail.stillCompressed && <Text size="sm">{t.compressed}</Text>}
          {inflated !== undefined && (
            <Text size="sm" c="dimmed">
              {inflated.isCut
                ? t.gzipCut(format.bytes(inflated.bytes.length))
                : t.gzip(format.bytes(inflated.bytes.length))}
            </Text>
          )}
          {isCut && (
            <Text size="sm" c="dimmed">
              {t.bodyCut(format.bytes(bytes.length), format.bytes(bodyBytes))}
            </Text>
          )}
          <section
            className={classes.body}
            data-wrap={(wraps && form !== 'hex') || undefined}
            aria-label={t.body}
            // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
            tabIndex={0}
          >
            <pre>{forms[form]}</pre>
          </section>
        </Stack>
      )}
    </Card>
  );
}

/** What a producer has put into a gzip by itself; undefined for other bodies, and until it is inflated. */
function useInflated(bytes: Uint8Array<ArrayBuffer>, isCut: boolean): Inflated | undefined {
  const [inflated, setInflated] = useState<Inflated | undefined>();
  useEffect(() => {
    setInflated(undefined);
    if (isCut || !isGzip(bytes)) return;
    let isLeft = false;
    void gunzip(bytes, BODY_SHOWN_BYTES).then((found) => {
      if (!isLeft) setInflated(found);
    });
    return () => {
      isLeft = true;
    };
  }, [bytes, isCut]);
  return inflated;
}

/** Text and JSON are of what is `seen`, hex and base64 of the bytes as they are stored. */
function formsOf(
  { bytes: seen, isCut }: Inflated,
  bytes: Uint8Array,
  base64: string,
): Readonly<Record<BodyForm, string | undefined>> {
  const plain = readableOf(seen, isCut);
  return {
    text: plain,
    json: plain === undefined || isCut ? undefined : prettyJson(plain),
    hex: hexDump(bytes),
    base64: base64.replace(/.{76}/g, '$&\n'),
  };
}
