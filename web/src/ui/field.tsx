import type { ComponentChildren, JSX } from 'preact';
import { useId } from 'preact/hooks';

interface Props extends Omit<JSX.IntrinsicElements['input'], 'label' | 'id'> {
  label: string;
  hint?: string | undefined;
  error?: string | undefined;
  onText(text: string): void;
}

export function Field({ label, hint, error, onText, ...input }: Props) {
  const id = useId();
  const note = error ?? hint;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        {...input}
        id={id}
        aria-invalid={error !== undefined}
        aria-describedby={note ? `${id}-note` : undefined}
        onInput={(event) => onText(event.currentTarget.value)}
      />
      {note && (
        <p id={`${id}-note`} class={error ? 'field-note bad' : 'field-note'}>
          {note}
        </p>
      )}
    </div>
  );
}

/** A label around a control that brings its own markup. */
export function Labeled({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <label class="field">
      <span>{label}</span>
      {children}
    </label>
  );
}
