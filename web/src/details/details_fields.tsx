import type { Visibility } from '../api/types';
import { useLang } from '../i18n';
import { Field, Labeled } from '../ui/field';

/** What people write about a video. */
export interface Details {
  title: string;
  description: string;
  visibility: Visibility;
}

interface Props {
  details: Details;
  errors: Partial<Record<string, string>>;
  onChange(details: Details): void;
}

const VISIBILITIES: Visibility[] = ['public', 'unlisted', 'private'];

export function DetailsFields({ details, errors, onChange }: Props) {
  const { t } = useLang();
  return (
    <>
      <Field
        label={t('title')}
        error={errors.title}
        value={details.title}
        onText={(title) => onChange({ ...details, title })}
        maxLength={150}
        autoComplete="off"
        required
      />
      <Labeled label={t('description')} error={errors.description}>
        {(props) => (
          <textarea
            {...props}
            rows={3}
            maxLength={5000}
            value={details.description}
            onInput={(event) => onChange({ ...details, description: event.currentTarget.value })}
          />
        )}
      </Labeled>
      <Labeled label={t('visibility')} error={errors.visibility}>
        {(props) => (
          <select
            {...props}
            value={details.visibility}
            onChange={(event) =>
              onChange({ ...details, visibility: event.currentTarget.value as Visibility })
            }
          >
            {VISIBILITIES.map((v) => (
              <option key={v} value={v}>
                {t(`visibility_${v}`)}
              </option>
            ))}
          </select>
        )}
      </Labeled>
    </>
  );
}

export function trimmed({ title, description, visibility }: Details): Details {
  return { title: title.trim(), description: description.trim(), visibility };
}
