import type { ReactNode } from 'react';
import { boot } from '../../../client/boot.ts';
import { CopyField } from '../../../parts/copy-field.tsx';
import { connectStrings as strings } from '../../../strings/connect.ts';
import classes from './connect.module.css';

const url = boot.mcp_url;
const command = `claude mcp add --transport http agentgateway ${url}`;
const file = JSON.stringify({ mcpServers: { agentgateway: { type: 'http', url } } }, null, 2);

function Steps({
  steps,
  under,
}: {
  steps: readonly string[] /** What stands below a step, by its index. */;
  under: Record<number, ReactNode>;
}) {
  return (
    <ol className={classes.steps}>
      {steps.map((step, index) => (
        <li key={step}>
          {step}
          {under[index] !== undefined && <div className={classes.fields}>{under[index]}</div>}
        </li>
      ))}
    </ol>
  );
}

function Named({ name, text }: { name: string; text: string }) {
  return (
    <div className={classes.named}>
      <small>{name}</small>
      <CopyField label={name} text={text} />
    </div>
  );
}

export function ClaudeSteps() {
  const { steps, connector, plan } = strings.claude;
  const fields = (
    <>
      <Named name={strings.copyName} text={connector} />
      <Named name={strings.copyUrl} text={url} />
    </>
  );
  return (
    <>
      <Steps steps={steps} under={{ 2: fields }} />
      <p className={classes.note}>{plan}</p>
    </>
  );
}

export function CodeSteps() {
  const { steps, orFile } = strings.code;
  const fields = (
    <>
      <CopyField label={strings.copyCommand} text={command} />
      <small>{orFile}</small>
      <CopyField label={strings.copyFile} text={file} block />
    </>
  );
  return <Steps steps={steps} under={{ 0: fields }} />;
}

export function OtherSteps() {
  return <Steps steps={strings.other.steps} under={{ 0: <CopyField label={strings.copyUrl} text={url} /> }} />;
}
