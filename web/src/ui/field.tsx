import type { ComponentChildren, JSX } from 'preact';
import { useId } from 'preact/hooks';

interface ControlProps {
  id: string;
  'aria-invalid': boolean;
  'aria-describedby': string | undefined;
}

interface LabeledProps {
  label: string;
  hint?: string | undefined;
  error?: string | undefined;
  children(props: ControlProps): ComponentChildren;
}

/** A control with its label above and what is wrong, or a hint, below. */
export function Labeled({ label, hint, error, children }: LabeledProps) {
  const id = useId();
  const note = error ?? hint;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({
        id,
        'aria-invalid': error !== undefined,
        'aria-describedby': note ? `${id}-note` : undefined,
      })}
      {note && (
        <p id={`${id}-note`} class={error ? 'field-note bad' : 'field-note'}>
          {note}
        </p>
      )}
    </div>
  );
}

interface FieldProps extends Omit<JSX.IntrinsicElements['input'], 'label' | 'id'> {
  label: string;
  hint?: string | undefined;
  error?: string | undefined;
  onText(text: string): void;
}

export function Field({ label, hint, error, onText, ...input }: FieldProps) {
  return (
    <Labeled label={label} hint={hint} error={error}>
      {(props) => <input {...input} {...props} onInput={(event) => onText(event.currentTarget.value)} />}
    </Labeled>
  );
}
