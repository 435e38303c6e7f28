import { Button } from '@mantine/core';
import type { FormEvent, ReactNode } from 'react';
import { Card } from '../../parts/card.tsx';
import { Icon } from '../../shell/icon.tsx';
import { useText } from '../../shell/language.ts';
import classes from './messages.module.css';
import { text } from './text.ts';

/** Fields of a search in a row with its button; `more` is below them. */
export function SearchForm(props: {
  readonly search: () => void;
  readonly more?: ReactNode;
  readonly children: ReactNode;
}) {
  const { search, more, children } = props;
  const t = useText(text);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    search();
  };
  return (
    <Card>
      <form onSubmit={submit}>
        <div className={classes.form}>
          {children}
          <Button type="submit" className={classes.button ?? ''} leftSection={<Icon name="search" size={16} />}>
            {t.search}
          </Button>
        </div>
        {more}
      </form>
    </Card>
  );
}
