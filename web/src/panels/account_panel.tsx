import { useState } from 'preact/hooks';
import { ApiError } from '../api/errors';
import { useLang } from '../i18n';
import { api, useUser } from '../session';
import { Field } from '../ui/field';
import { FormError } from '../ui/notices';
import { Panel } from '../ui/panel';

interface Props {
  /** Begins with making an account instead of logging in. */
  isNew: boolean;
  onClose(): void;
  /** Called once somebody has signed in here. */
  onSignedIn(): void;
  /** Called at once; what it is given tells later whether the server has heard of it. */
  onSignedOut(told: Promise<boolean>): void;
}

export function AccountPanel({ isNew: startNew, onClose, onSignedIn, onSignedOut }: Props) {
  const { t } = useLang();
  const user = useUser();
  const [isNew, setNew] = useState(startNew);
  if (!user) {
    return (
      <Panel title={t(isNew ? 'register' : 'login')} onClose={onClose}>
        <SignInForm isNew={isNew} onDone={onSignedIn} />
        <button type="button" class="button quiet" onClick={() => setNew(!isNew)}>
          {t(isNew ? 'account_have' : 'account_new')}
        </button>
      </Panel>
    );
  }
  return (
    <Panel title={t('account')} onClose={onClose}>
      <p>{t('welcome', { name: `@${user.username}` })}</p>
      <p class="muted">{user.email}</p>
      <button type="button" class="button" onClick={() => onSignedOut(api.logout())}>
        {t('logout')}
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
  const fields = error instanceof ApiError ? error.fields : {};

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

  return (
    <form class="form" onSubmit={(event) => void submit(event)}>
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
          minLength={3}
          maxLength={30}
          pattern="[A-Za-z0-9_.]+"
          title={t('username_hint')}
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
        minLength={isNew ? 8 : 1}
        maxLength={200}
        required
      />
      <FormError error={error} />
      <button type="submit" class="button main" disabled={busy}>
        {t(isNew ? 'register' : 'login')}
      </button>
    </form>
  );
}
