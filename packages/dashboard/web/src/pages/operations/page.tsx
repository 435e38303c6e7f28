import { Stack } from '@mantine/core';
import { PageHead } from '../../parts/page-head.tsx';
import { useText } from '../../shell/language.ts';
import { CleanUps } from './clean-ups.tsx';
import { Clusters } from './clusters.tsx';
import { NameServers } from './name-servers.tsx';
import { Reach } from './reach.tsx';
import { text } from './text.ts';
import { WritePermission } from './write-permission.tsx';

/** What is done to clusters as a whole. */
export default function OperationsPage() {
  const t = useText(text);
  return (
    <>
      <PageHead title={t.title} about={t.about} />
      <Stack gap="md">
        <Clusters />
        <Reach />
        <WritePermission />
        <CleanUps />
        <NameServers />
      </Stack>
    </>
  );
}
