/** An agent and what its credential is for. */
export interface AgentCredential {
  agentId: string;
  /** Whose tasks it is offered. */
  roles: readonly string[];
  /** Whoever answers for it. */
  owner?: string;
}

/** A program of somebody else's that listens to facts. */
export interface SubscriberCredential {
  name: string;
  /** Below `agencyos.evt.`, with NATS's wildcards. */
  subjects: readonly string[];
  owner?: string | undefined;
}

/** Credentials beside the services' own. */
export interface OutsideCredentials {
  agents: readonly AgentCredential[];
  subscribers: readonly SubscriberCredential[];
}

/** A subject of the product's account that somebody outside may send to, and how many answers may come back. */
interface Request {
  subject: string;
  answers: 'one' | 'many';
  /** How it is called there, where that is something else: NATS itself makes the one of the other. */
  calledThere?: string;
}

/**
 * An account of its own for each credential outside: whatever a client names as the place for an answer lies in its own
 * account, so no answer of a service or of JetStream ever goes where others listen. What is named here crosses, no more.
 */
export interface OutsideAccount {
  /** Name of the account and of its one user. */
  principal: string;
  requests: Request[];
  hears: string[];
}

/** The NATS user name of an agent, and the last token of every command it sends. */
export const agentPrincipal = (agentId: string): string => `agent_${agentId}`;
/** The NATS user name of an outside subscriber. */
export const subscriberPrincipal = (name: string): string => `subscriber_${name}`;

/** The accounts of everybody outside. */
export function outsideAccounts({ agents, subscribers }: OutsideCredentials): OutsideAccount[] {
  return [...agents.map(agentAccount), ...subscribers.map(subscriberAccount)];
}

/** An agent speaks to swarm alone, in its own name, and is offered the tasks of its roles; it makes no stream, and no fact. */
function agentAccount({ agentId, roles }: AgentCredential): OutsideAccount {
  const principal = agentPrincipal(agentId);
  const one = (subject: string): Request => ({ subject, answers: 'one' });
  return {
    principal,
    requests: [
      one(`agencyos.cmd.swarm.*.${principal}`),
      one(`agencyos.hb.agent.${agentId}`),
      // Whoever leaves its name out, as agents once did, has it put there: nobody speaks of a task without a sender.
      ...['agencyos.live.task.*', 'agencyos.log.*'].flatMap((unnamed): Request[] => [
        one(`${unnamed}.${principal}`),
        { ...one(`${unnamed}.${principal}`), calledThere: unnamed },
      ]),
      ...roles.flatMap((role): Request[] => [
        { subject: `$JS.API.CONSUMER.MSG.NEXT.TASKS.role-${role}`, answers: 'many' },
        one(`$JS.ACK.TASKS.role-${role}.>`),
      ]),
    ],
    hears: [`agencyos.live.agent.${agentId}`],
  };
}

/** A subscriber hears facts, live, and says nothing. */
const subscriberAccount = ({ name, subjects }: SubscriberCredential): OutsideAccount => ({
  principal: subscriberPrincipal(name),
  requests: [],
  hears: [...subjects],
});
