declare module 'virtual:routes' {
  /** Method and path under `/api/v1` of each operation. */
  export const routes: Readonly<Record<string, readonly [method: string, path: string]>>;
}
