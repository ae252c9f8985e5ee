/** Parts that many routes share: bodies, problems and the correlation id. */
export const json = (schema) => ({ 'application/json': { schema } });
export const ref = (name) => ({ $ref: `#/components/schemas/${name}` });
export const problem = (description) => ({
  description,
  content: { 'application/problem+json': { schema: ref('Problem') } },
});
export const answer = (description, schema) => ({ description, ...(schema && { content: json(schema) }) });
export const correlation = { $ref: '#/components/parameters/CorrelationId' };

export const NOT_ACCEPTABLE = problem('Understood, but not acceptable; `field` and `limit` say why.');
export const REFUSALS = {
  400: problem('Not understood: malformed JSON or id, unknown field.'),
  401: problem('Not signed in.'),
  403: problem('Not allowed.'),
};
