import { Tabs } from '@mantine/core';
import { boot } from '../../client/boot.ts';
import { CopyField } from '../../parts/copy-field.tsx';
import { Panel } from '../../parts/panel.tsx';
import { agentStrings } from '../../strings/agent.ts';
import type { Agent } from './page.tsx';

const { use: strings } = agentStrings;

type Language = keyof typeof strings.languages;

/** Code that calls an agent, with a placeholder where the agent key goes. */
function snippetsFor(base: string): Record<Language, string> {
  const key = strings.keyPlaceholder;
  return {
    curl: `curl ${base}/ \\\n  -H "Authorization: Bearer ${key}"`,
    python: `import os, requests\n\nresponse = requests.get(\n    "${base}/",\n    headers={"Authorization": f"Bearer {os.environ['AGENT_KEY']}"},\n)\nprint(response.status_code, response.text)`,
    javascript: `const response = await fetch("${base}/", {\n  headers: { Authorization: \`Bearer \${process.env.AGENT_KEY}\` },\n});\nconsole.log(response.status, await response.text());`,
  };
}

/** How software calls the agent. */
export function Snippets({ agent }: { agent: Pick<Agent, 'name'> }) {
  const base = `${boot.relay_url}/${agent.name}`;
  const snippets = snippetsFor(base);
  const languages = Object.keys(snippets) as Language[];
  return (
    <Panel title={strings.title} text={strings.text}>
      <CopyField label={strings.address} text={base} />
      <Tabs defaultValue="curl" mt="md">
        <Tabs.List mb="sm">
          {languages.map((language) => (
            <Tabs.Tab key={language} value={language}>
              {strings.languages[language]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {languages.map((language) => (
          <Tabs.Panel key={language} value={language}>
            <CopyField block label={strings.languages[language]} text={snippets[language]} />
          </Tabs.Panel>
        ))}
      </Tabs>
    </Panel>
  );
}
