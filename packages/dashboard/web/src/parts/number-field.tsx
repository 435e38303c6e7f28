import { NumberInput, type NumberInputProps } from '@mantine/core';
import { useState } from 'react';

interface NumberFieldProps extends Omit<NumberInputProps, 'value' | 'onChange' | 'min' | 'max' | 'allowDecimal'> {
  readonly value: number;
  readonly min: number;
  readonly max?: number;
  readonly onChange: (value: number) => void;
}

/**
 * A whole number that must be given. What is being typed stays as it is until the field is left, also when it is empty or out of range
 * for a moment; otherwise clearing a field to type 4 would give 14. The form gets the nearest number that is allowed.
 */
export function NumberField({ value, min, max, onChange, ...rest }: NumberFieldProps) {
  const [typed, setTyped] = useState<string | number | undefined>();
  return (
    <NumberInput
      {...rest}
      {...(max === undefined ? {} : { max })}
      min={min}
      allowDecimal={false}
      clampBehavior="blur"
      required
      withAsterisk={false}
      value={typed ?? value}
      onChange={(next) => {
        setTyped(next);
        const wanted = Math.max(min, Math.trunc(Number(next)) || 0);
        if (next !== '') onChange(max === undefined ? wanted : Math.min(max, wanted));
      }}
      onBlur={() => setTyped(undefined)}
    />
  );
}
