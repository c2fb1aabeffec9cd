import { useState } from 'preact/hooks';
import { fieldTexts, useLang } from '../i18n';
import { api } from '../session';
import { Field } from '../ui/field';
import { FormError } from '../ui/notices';
import { Panel } from '../ui/panel';
import { useFocusOnError } from '../ui/use_focus_on_error';

interface Props {
  /** Begins with making an account instead of logging in. */
  isNew: boolean;
  onClose(): void;
  /** Called once somebody has signed in here. */
  onSignedIn(): void;
}

export function AccountPanel({ isNew: startNew, onClose, onSignedIn }: Props) {
  const { t } = useLang();
  const [isNew, setNew] = useState(startNew);
  return (
    <Panel title={t(isNew ? 'register' : 'login')} onClose={onClose}>
      <SignInForm key={String(isNew)} isNew={isNew} onDone={onSignedIn} />
      <button type="button" class="button quiet" onClick={() => setNew(!isNew)}>
        {t(isNew ? 'account_have' : 'account_new')}
      </button>
    </Panel>
  );
}

function SignInForm({ isNew, onDone }: { isNew: boolean; onDone(): void }) {
  const { t } = useLang();
  const [username, setUsername] = useState('');
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const form = useFocusOnError(error);
  const fields = fieldTexts(error, t);

  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      api.adopt(
        isNew
          ? await api.post('/auth/register', { body: { username, email, password } })
          : await api.post('/auth/login', { body: { email, password } }),
      );
      onDone();
    } catch (e) {
      setError(e);
      setBusy(false);
    }
  };

  // Without the browser's own checks: what is wrong is said beside its field, in the person's language.
  return (
    <form class="form" ref={form} noValidate onSubmit={(event) => void submit(event)}>
      {isNew && (
        <Field
          label={t('username')}
          hint={t('username_hint')}
          error={fields.username}
          value={username}
          onText={setUsername}
          autoComplete="username"
          autoCapitalize="none"
          spellcheck={false}
          autoFocus
          maxLength={30}
          required
        />
      )}
      <Field
        label={t('email')}
        error={fields.email}
        value={email}
        onText={setEmail}
        type="email"
        autoFocus={!isNew}
        autoComplete="email"
        maxLength={254}
        required
      />
      <Field
        label={t('password')}
        hint={isNew ? t('password_hint') : undefined}
        error={fields.password}
        value={password}
        onText={setPassword}
        type="password"
        autoComplete={isNew ? 'new-password' : 'current-password'}
        maxLength={200}
        required
      />
      <FormError error={Object.keys(fields).length > 0 ? null : error} />
      <button type="submit" class="button main" disabled={busy}>
        {t(isNew ? 'register' : 'login')}
      </button>
    </form>
  );
}
