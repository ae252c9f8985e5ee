import { ApiException, KubeConfig } from '@kubernetes/client-node';
import { provision } from './provision.js';
import { readProvisionSettings } from './settings.js';

const say = (line: string) => void process.stdout.write(`${line}\n`);

try {
  const config = new KubeConfig();
  config.loadFromDefault();
  await provision(config, readProvisionSettings(process.env), say);
  process.exit(0);
} catch (error) {
  process.stderr.write(`Not provisioned: ${reasonOf(error)}\n`);
  process.exit(1);
}

/** One line, and never what was sent: it holds what is secret. */
function reasonOf(error: unknown): string {
  if (!(error instanceof ApiException)) return error instanceof Error ? error.message : String(error);
  const text = typeof error.body === 'string' ? error.body : JSON.stringify(error.body);
  const [, message] = /"message":"((?:[^"\\]|\\.)*)"/.exec(text) ?? [];
  return `the Kubernetes API answers ${error.code}: ${message ?? 'no reason given'}`;
}
