import { answer, correlation, json, NOT_ACCEPTABLE, problem, REFUSALS } from './answers.mjs';

/** Routes of people, their sign-ins and tokens. */
export function identityPaths(named) {
  const post = (operationId, summary, request, responses, open = false) => ({
    post: {
      operationId,
      tags: ['identity'],
      summary,
      ...(open && { security: [] }),
      parameters: [correlation],
      ...(request && { requestBody: { required: true, content: json(named(request)) } }),
      responses: { ...responses, ...REFUSALS, 422: NOT_ACCEPTABLE },
    },
  });
  const userId = { name: 'userId', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } };
  const tooMany = { 429: problem('Too many attempts; Retry-After says how long to wait.') };
  return {
    '/api/v1/setup': post(
      'setUp',
      'Set the first password with the one-time link and sign in',
      'SetupRequest',
      { 200: answer('Signed in.', named('Me')), ...tooMany },
      true,
    ),
    '/api/v1/login': post(
      'login',
      'Sign in',
      'LoginRequest',
      { 200: answer('Signed in; the session is a cookie.', named('Me')), ...tooMany },
      true,
    ),
    '/api/v1/login/token': post(
      'logInCommandLine',
      'A person’s rights for their command line, for 15 minutes',
      'LoginRequest',
      { 200: answer('Signed in; send the token as a bearer token.', named('LoginToken')), ...tooMany },
      true,
    ),
    '/api/v1/device': post(
      'askForDeviceCode',
      'A code that a person signed in to the dashboard confirms at /device',
      undefined,
      { 201: answer('The code, and the secret that fetches the token.', named('NewDevice')), ...tooMany },
      true,
    ),
    '/api/v1/device/token': post(
      'tokenOfDevice',
      'The token of a confirmed code; 409 `pending` until it is confirmed',
      'DeviceTokenRequest',
      {
        200: answer('Signed in; send the token as a bearer token.', named('LoginToken')),
        409: problem('Nobody has confirmed the code yet.'),
      },
      true,
    ),
    '/api/v1/device/answer': post(
      'answerDevice',
      'Confirm or deny a code (signed in to the dashboard only)',
      'DeviceAnswerRequest',
      { 204: answer('Answered.'), 404: problem('No such code waits.') },
    ),
    '/api/v1/device/{code}': {
      get: {
        operationId: 'readDevice',
        tags: ['identity'],
        summary: 'Who asks with this code (signed in to the dashboard only)',
        parameters: [{ name: 'code', in: 'path', required: true, schema: { type: 'string' } }, correlation],
        responses: {
          200: answer('It waits to be confirmed.', named('WaitingDevice')),
          ...REFUSALS,
          404: problem('No such code waits.'),
        },
      },
    },
    '/api/v1/password-reset': post(
      'resetPassword',
      'A new password, by the owner of the data folder (`agencyos reset-password`)',
      'PasswordResetRequest',
      { 204: answer('Set; all sessions of that person have ended.'), ...tooMany },
      true,
    ),
    '/api/v1/logout': post('logout', 'Sign out', 'LogoutRequest', { 204: answer('Signed out.') }),
    '/api/v1/ticket': post('ticket', 'A ticket that opens one WebSocket within 30 s', undefined, {
      200: answer('The ticket.', named('Ticket')),
    }),
    '/api/v1/users': {
      get: {
        operationId: 'users',
        tags: ['identity'],
        summary: 'The names of people (needs approval:read)',
        parameters: [correlation],
        responses: { 200: answer('By name.', named('UserNames')), ...REFUSALS },
      },
      ...post('addUser', 'Add a person; without a password by a one-time link (needs identity:admin)', 'NewUserRequest', {
        201: answer('Added.', named('NewUser')),
      }),
    },
    '/api/v1/people': {
      get: {
        operationId: 'people',
        tags: ['identity'],
        summary: 'Everybody, with roles, groups, tokens and when they were last seen (needs identity:admin)',
        parameters: [correlation],
        responses: { 200: answer('By name.', named('PeopleList')), ...REFUSALS },
      },
    },
    '/api/v1/users/{userId}/link': {
      post: {
        operationId: 'newLink',
        tags: ['identity'],
        summary: 'A new one-time link for a person without a password; the earlier one stops working (needs identity:admin)',
        parameters: [userId, correlation],
        responses: {
          201: answer('The link, shown only here.', named('NewLink')),
          ...REFUSALS,
          404: problem('Nobody of this id is without a password.'),
        },
      },
    },
    '/api/v1/users/{userId}/waiting': {
      get: {
        operationId: 'waitingVotes',
        tags: ['identity'],
        summary: 'Open approvals that this person may decide (needs identity:admin)',
        parameters: [userId, correlation],
        responses: {
          200: answer('What waits.', named('WaitingVotes')),
          ...REFUSALS,
          404: problem('Nobody of this id.'),
        },
      },
    },
    '/api/v1/welcome': post(
      'welcome',
      'Set one’s first password with the one-time link, and sign in',
      'WelcomeRequest',
      { 200: answer('Signed in.', named('Me')), ...tooMany },
      true,
    ),
    '/api/v1/password': post('changePassword', 'Set one’s own password anew', 'PasswordChangeRequest', {
      204: answer('Set.'),
      ...tooMany,
    }),
    '/api/v1/sessions': {
      get: {
        operationId: 'sessions',
        tags: ['identity'],
        summary: 'One’s own sessions',
        parameters: [correlation],
        responses: { 200: answer('The one used last first.', named('SessionList')), ...REFUSALS },
      },
      delete: {
        operationId: 'endOtherSessions',
        tags: ['identity'],
        summary: 'End all of one’s own sessions but this one',
        parameters: [correlation],
        responses: { 204: answer('Ended.'), ...REFUSALS },
      },
    },
    '/api/v1/sessions/{sessionId}': {
      delete: {
        operationId: 'endSession',
        tags: ['identity'],
        summary: 'End one of one’s own sessions',
        parameters: [{ name: 'sessionId', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } }, correlation],
        responses: { 204: answer('Ended.'), ...REFUSALS, 404: problem('No such session.') },
      },
    },
    '/api/v1/tokens': {
      get: {
        operationId: 'tokens',
        tags: ['identity'],
        summary: 'One’s own tokens, without their secrets',
        parameters: [correlation],
        responses: { 200: answer('Those that may be used.', named('TokenList')), ...REFUSALS },
      },
      ...post('issueToken', 'Make a token for oneself', 'NewTokenRequest', {
        201: answer('Made; the secret is shown only here.', named('NewToken')),
      }),
    },
    '/api/v1/tokens/{tokenId}': {
      delete: {
        operationId: 'revokeToken',
        tags: ['identity'],
        summary: 'Revoke a token',
        parameters: [{ name: 'tokenId', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } }, correlation],
        responses: { 204: answer('Revoked.'), ...REFUSALS, 404: problem('No such token.') },
      },
    },
    '/api/v1/me': {
      get: {
        operationId: 'me',
        tags: ['identity'],
        summary: 'Who is signed in',
        parameters: [correlation],
        responses: { 200: answer('The caller.', named('Me')), 401: REFUSALS[401] },
      },
    },
  };
}
