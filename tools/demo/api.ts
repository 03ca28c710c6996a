/** Calls the REST API as the demo's admin, the way a script of a customer would. */
export type DemoApi = <Answer = unknown>(method: string, path: string, body?: object) => Promise<Answer>;

export function demoApi(appUrl: string, apiToken: string): DemoApi {
  return async (method, path, body) => {
    const response = await fetch(`${appUrl}/api/v1${path}`, {
      method,
      headers: { Authorization: `Bearer ${apiToken}`, 'Content-Type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as never;
  };
}
