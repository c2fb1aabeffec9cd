import { useEffect, useRef } from 'preact/hooks';
import type { Video } from '../api/types';
import { useLang } from '../i18n';
import { chosenQuality } from './economy';

interface Props {
  files: Video['files'];
  onChoose(shortSide: number | null): void;
  onClose(): void;
}

/** A choice for this video and those that follow. */
export function QualityMenu({ files, onChoose, onClose }: Props) {
  const { t } = useLang();
  const box = useRef<HTMLFieldSetElement>(null);
  const chosen = chosenQuality();
  const shortSides = files.map((file) => Math.min(file.width, file.height));
  // Of another video's qualities the nearest that this one has plays.
  const shown =
    chosen === null ? null : (shortSides.filter((side) => side <= chosen).at(-1) ?? shortSides[0]);

  useEffect(() => {
    const before = document.activeElement;
    box.current?.querySelector<HTMLInputElement>('input:checked')?.focus();
    const close = (event: Event) => {
      if (event.target instanceof Node && box.current?.contains(event.target)) return;
      onClose();
    };
    addEventListener('pointerdown', close);
    return () => {
      removeEventListener('pointerdown', close);
      if (before instanceof HTMLElement) before.focus({ preventScroll: true });
    };
  }, [onClose]);

  const row = (shortSide: number | null, label: string) => (
    <label key={label}>
      <input
        type="radio"
        name="quality"
        checked={shown === shortSide}
        // Not on change, which comes too late where the menu closes: arrow keys click, too.
        onClick={(event) => {
          onChoose(shortSide);
          if (event.detail > 0) onClose();
        }}
      />
      {label}
    </label>
  );
  return (
    <fieldset
      ref={box}
      class="quality"
      onKeyDown={(event) => {
        if (event.key === 'Escape' || event.key === 'Enter') onClose();
        event.stopPropagation();
      }}
    >
      <legend>{t('quality')}</legend>
      {row(null, t('quality_auto'))}
      {files.map((file) => row(Math.min(file.width, file.height), file.quality)).reverse()}
    </fieldset>
  );
}
