import { createServer } from 'node:http';

/** Stands for a process of the product: answers 200 to everything, tells what it was given, ends at SIGTERM. */
const [name = '', port = '0'] = process.argv.slice(2);
const tell = (record: object) =>
  console.log(JSON.stringify({ level: 'info', time: new Date().toISOString(), name, ...record }));

createServer((_, response) => response.end(JSON.stringify(process.env))).listen(Number(port), () => {
  if (name === 'app') tell({ msg: 'setup_link', setup_url: 'http://localhost/set-up/once-only' });
  tell({ msg: 'ready' });
});
process.once('SIGTERM', () => process.exit(0));
