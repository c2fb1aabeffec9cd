import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { useLang } from '../i18n';
import { Icon } from './icons';

interface Props {
  title: string;
  /** Of what is inside, beside the title. */
  count?: string;
  /** Narrow: a question. Beside: on a wide screen, what lies below stays in sight. */
  shape?: 'small' | 'beside';
  /** Stays below what scrolls. */
  foot?: ComponentChildren;
  onClose(): void;
  children: ComponentChildren;
}

/** A sheet over the page. The browser's own modal dialog keeps the focus inside and closes on Escape. */
export function Panel({ title, count, shape, foot, onClose, children }: Props) {
  const { t } = useLang();
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();

  const close = useRef(onClose);
  close.current = onClose;
  const pressed = useRef(false);

  useEffect(() => {
    const el = dialog.current;
    if (!el) return;
    const onDialogClose = () => close.current();
    el.addEventListener('close', onDialogClose);
    el.showModal();
    return () => {
      // Closing gives the focus back; it must not close the panel that may come next.
      el.removeEventListener('close', onDialogClose);
      el.close();
    };
  }, []);

  return (
    <dialog
      ref={dialog}
      class={shape ? `panel ${shape}` : 'panel'}
      aria-labelledby={id}
      // Only the backdrop is the dialog itself. A press that begins inside (selecting text) and ends there does not count.
      onPointerDown={(event) => (pressed.current = event.target === dialog.current)}
      onClick={(event) => pressed.current && event.target === dialog.current && onClose()}
    >
      <header class="panel-head">
        <h2 id={id}>
          {title}
          {count !== undefined && <span class="muted"> {count}</span>}
        </h2>
        <button type="button" class="icon-button" aria-label={t('close')} onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <div class="panel-body">{children}</div>
      {foot && <footer class="panel-foot">{foot}</footer>}
    </dialog>
  );
}
