// What people do in every test, by what they see.
import { PASSWORD } from './api.mjs';

/** Makes an account where the form is open already. */
export async function register(page, username) {
  await page.getByLabel('User name').fill(username);
  await page.getByLabel('Email').fill(`${username}@example.org`);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign up' }).click();
  await page.getByRole('button', { name: username }).first().waitFor();
}

/** `words` are those of the page's language. */
export async function logIn(page, username, { login, password } = { login: 'Log in', password: 'Password' }) {
  await page.getByRole('button', { name: login, exact: true }).first().click();
  await page.getByLabel('Email').fill(`${username}@example.org`);
  await page.getByLabel(password).fill(PASSWORD);
  await page.locator('dialog').getByRole('button', { name: login }).click();
  await page.getByRole('button', { name: username }).first().waitFor();
}

export async function openUpload(page) {
  await page.getByRole('button', { name: 'Upload', exact: true }).first().click();
  await page.locator('.drop').waitFor();
}
