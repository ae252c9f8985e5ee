export { Relay, type RelayOptions } from './relay.js';
export { RelayState, RelayTables1795000000000 } from './relay-state.js';
