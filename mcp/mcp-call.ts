import type { AppCaller, ToolSelection } from './tool-selection.ts';

/** One request as it was authenticated. */
export interface McpCall {
  caller: AppCaller;
  selection: ToolSelection;
  /** Ends when the client is gone or takes its request back. */
  signal: AbortSignal;
}
