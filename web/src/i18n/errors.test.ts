import { expect, it } from 'vitest';
import { ApiError, networkError } from '../api/errors';
import { errorText, failureText, fieldTexts, translator } from './index';
import { en } from './en';
import { vi } from './vi';

const [english, vietnamese] = [translator('en'), translator('vi')];

it('shows the words of the server in English, its own by the code in Vietnamese', () => {
  const taken = new ApiError(409, 'username_taken', 'This user name is taken.');
  expect(errorText(taken, english)).toBe('This user name is taken.');
  expect(errorText(taken, vietnamese)).toBe('Tên này đã có người dùng.');
  expect(errorText(new ApiError(418, 'teapot', 'No coffee.'), vietnamese)).toContain('teapot');
});

it('has words of its own where there was no answer, or no request', () => {
  expect(errorText(networkError(), vietnamese)).toBe(vi.error_network);
  expect(errorText(new TypeError('x is undefined'), english)).toBe(en.error_unexpected);
});

it('says how long to wait', () => {
  const limited = new ApiError(429, 'rate_limited', 'Too many requests.', {}, 12);
  expect(errorText(limited, english)).toContain('12 s');
  expect(errorText(limited, vietnamese)).toContain('12 giây');
});

it('puts what belongs to a field beside it', () => {
  const error = new ApiError(422, 'invalid_fields', 'Some fields are invalid.', {
    password: { code: 'too_short', detail: 'must have at least 8 characters.' },
    email: { code: 'invalid', detail: 'This is no email address.' },
    title: { code: 'too_long', detail: 'At most 150 characters.' },
  });
  expect(fieldTexts(error, english).password).toBe('Must have at least 8 characters.');
  expect(fieldTexts(error, vietnamese)).toEqual({
    password: 'Mật khẩu cần ít nhất 8 ký tự.',
    email: 'Đây không phải là địa chỉ email.',
    title: 'Tối đa 150 ký tự.',
  });
  expect(fieldTexts(new ApiError(409, 'email_taken', 'Taken.'), english)).toEqual({ email: 'Taken.' });
  expect(fieldTexts(new ApiError(401, 'invalid_credentials', 'Wrong.'), english)).toEqual({});
});

it('says why a video failed', () => {
  const long = { code: 'too_long', detail: 'The video is longer than 10 minutes.' };
  expect(failureText(long, english)).toBe(long.detail);
  expect(failureText(long, vietnamese)).toBe('Video dài hơn 10 phút.');
  expect(failureText({ code: 'new', detail: 'Something new.' }, vietnamese)).toBe('Something new.');
});
