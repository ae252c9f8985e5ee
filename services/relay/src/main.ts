import { runService } from '@agencyos/runtime';
import { NamedContent1796000000000 } from './named-content.js';
import { RelayTables1795000000000 } from './relay-state.js';
import { RelayModule } from './relay.module.js';

await runService('relay', () => ({ name: 'relay', aggregates: [] }), {
  migrations: [RelayTables1795000000000, NamedContent1796000000000],
  module: () => ({ imports: [RelayModule] }),
});
