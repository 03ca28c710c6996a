import type { Page } from 'playwright-core';

export interface SignIn {
  email: string;
  password: string;
}

/** Fills in the sign-in form that the page shows. */
export async function signIn(page: Page, { email, password }: SignIn): Promise<void> {
  await page.locator('[name=email]').fill(email);
  await page.locator('[name=password]').fill(password);
  await page.locator('button[type=submit]').click();
}

/**
 * A person's part in connecting a client: opens the address that it asks at, and allows what it asks for.
 * @param person signs in first; left out where the page is signed in already
 */
export async function allowAccess(page: Page, authorizationUrl: URL, person?: SignIn): Promise<void> {
  await page.goto(authorizationUrl.href);
  if (person !== undefined) await signIn(page, person);
  await page.getByRole('button', { name: 'Allow Access' }).click();
  await page.waitForURL((url) => url.origin !== authorizationUrl.origin);
}
