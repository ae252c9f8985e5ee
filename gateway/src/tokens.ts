/** Injection token of {@link import('./config.js').GatewayConfig}. */
export const GATEWAY_CONFIG = Symbol('gateway config');
