import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/** For a form: when an error comes, the first field that it is about has the focus, and is read out with its note. */
export function useFocusOnError(error: unknown): RefObject<HTMLFormElement> {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (error !== null) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [error]);
  return form;
}
