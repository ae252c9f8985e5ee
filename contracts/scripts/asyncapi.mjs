import { cloudEvent, jsonSchema } from './json-schema.mjs';
import { offeredFrom } from './offered-from.mjs';
import { published } from './published.mjs';

const ref = (path) => ({ $ref: `#/${path}` });

/** AsyncAPI 3 description of what goes over NATS and the WebSocket. */
export function asyncapi(contracts) {
  const { events, commands, views } = published(contracts);
  const channels = {};
  const operations = {};
  const messages = {};
  const add = (name, message) => {
    messages[name] = { name, contentType: 'application/json', ...message };
    return ref(`components/messages/${name}`);
  };

  for (const { context, aggregate } of unique(events)) {
    const own = events.filter((event) => event.context === context && event.aggregate === aggregate);
    const channel = `${context}-${aggregate}-events`;
    channels[channel] = {
      address: `agencyos.evt.${context}.${aggregate}.{type}.{id}`,
      title: `Events of ${context}/${aggregate}`,
      description:
        'JetStream stream EVENTS. Nats-Msg-Id is the event id; Agencyos-Position and Agencyos-Previous are log positions.',
      servers: [ref('servers/nats')],
      parameters: { type: { enum: own.map(({ type }) => type) }, id: { description: 'Id of the stream.' } },
      messages: Object.fromEntries(
        own.map(({ type, schema, data, becomes, since }) => [
          type,
          add(type, {
            title: type,
            ...(becomes && { description: `Written no more: ${becomes} says it today.` }),
            ...(since && { 'x-written-from-level': since }),
            payload: cloudEvent({ context, type, schema, data: jsonSchema(data) }),
          }),
        ]),
      ),
    };
    operations[`publish-${channel}`] = {
      action: 'send',
      channel: ref(`channels/${channel}`),
      summary: 'Only the relay publishes events.',
    };
  }

  const answers = add('CommandAnswer', {
    title: 'Answer to one command, or a list of them in the same order',
    'x-refusals': contracts.commonRefusals,
    payload: {
      oneOf: [
        {
          type: 'object',
          properties: { id: { type: 'string' }, ...jsonSchema(contracts.Receipt).properties },
          required: ['id', 'stream', 'revision', 'position'],
        },
        {
          type: 'object',
          properties: { id: { type: 'string' }, problem: jsonSchema(contracts.Problem) },
          required: ['id', 'problem'],
        },
      ],
    },
  });
  channels['replies'] = {
    address: null,
    title: 'Reply subject of a request',
    servers: [ref('servers/nats')],
    messages: { CommandAnswer: answers },
  };
  const envelope = jsonSchema(contracts.CommandMessage);
  for (const { context, aggregate } of unique(commands)) {
    const own = commands.filter((command) => command.context === context && command.aggregate === aggregate);
    const channel = `${context}-${aggregate}-commands`;
    channels[channel] = {
      address: `agencyos.cmd.${context}.${aggregate}.{sender}`,
      title: `Commands of ${context}/${aggregate}`,
      description: 'Request and reply; one command or a list of at most 100. The sender is the name of the credential.',
      servers: [ref('servers/nats')],
      parameters: { sender: { description: '`gateway`, the name of a service, or `agent_<agentId>`.' } },
      messages: Object.fromEntries(
        own.map(({ type, data, permission, services = [], refusals, ...offer }) => [
          type,
          add(`${type}Command`, {
            title: type,
            description: `Permission: ${permission.join(' or ') || 'none, services only'}. Services: ${services.join(', ') || 'none'}.`,
            ...offeredFrom(offer),
            'x-refusals': refusals,
            payload: {
              ...envelope,
              properties: { ...envelope.properties, type: { const: type }, data: jsonSchema(data) },
            },
          }),
        ]),
      ),
    };
    operations[`handle-${channel}`] = {
      action: 'receive',
      channel: ref(`channels/${channel}`),
      reply: { channel: ref('channels/replies') },
    };
  }

  const live = (side, schemas) =>
    Object.entries(schemas).map(([event, schema]) => [
      `${side}-${event}`,
      add(`${side}-${event}`, {
        title: `${event} (from the ${side})`,
        payload: {
          type: 'object',
          properties: { event: { const: event }, data: jsonSchema(schema) },
          required: ['event'],
        },
      }),
    ]);
  const fromClient = live('client', contracts.liveRequests);
  const fromServer = live('server', contracts.liveMessages);
  channels['live'] = {
    address: '/api/v1/live',
    title: 'Views and their deltas, progress of tasks',
    description: views.map(({ kind, id, permission }) => `${kind} (id: ${id}; needs ${permission})`).join('; '),
    servers: [ref('servers/gateway')],
    messages: Object.fromEntries([...fromClient, ...fromServer]),
  };
  const inChannel = (names) => names.map(([name]) => ref(`channels/live/messages/${name}`));
  operations['receive-live'] = {
    action: 'receive',
    channel: ref('channels/live'),
    messages: inChannel(fromClient),
  };
  operations['send-live'] = {
    action: 'send',
    channel: ref('channels/live'),
    messages: inChannel(fromServer),
  };

  return {
    asyncapi: '3.0.0',
    info: { title: 'AgencyOS Orchestration', version: '1', license: { name: 'Apache-2.0' } },
    servers: {
      nats: { host: '127.0.0.1:4222', protocol: 'nats' },
      gateway: { host: '127.0.0.1:8400', protocol: 'ws' },
    },
    channels,
    operations,
    components: { messages },
  };
}

function unique(items) {
  return [...new Map(items.map(({ context, aggregate }) => [`${context}.${aggregate}`, { context, aggregate }])).values()];
}
