import { DemoVoteRequest, ids, type ApprovalRow, type CommandReceipt } from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';
import { Commands, Requires, RuntimeConfig } from '@agencyos/runtime';
import { Body, Controller, HttpCode, Inject, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import { v4 } from 'uuid';
import type { GatewayConfig } from '../config.js';
import { parseBody } from '../http/body.js';
import { correlationOf } from '../http/correlation.middleware.js';
import { sameSecret } from '../identity/secrets.js';
import { GATEWAY_CONFIG } from '../tokens.js';
import { ViewFeed } from '../views/view-feed.js';
import { EXAMPLE_WORKFLOW } from './example-run.js';

/**
 * `npm start -- --demo` shows the example to its end without a person: the supervisor makes a secret, gives it to the
 * demonstration through a pipe, and us its digest. It casts one vote, on a gate of the example's run.
 */
@Controller('api/v1/demo')
export class DemoVoteController {
  constructor(
    @Inject(GATEWAY_CONFIG) private readonly config: GatewayConfig,
    private readonly runtime: RuntimeConfig,
    private readonly views: ViewFeed,
    private readonly commands: Commands,
  ) {}

  @Post('vote')
  @HttpCode(200)
  @Requires('public')
  async vote(
    @Body() body: unknown,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Pick<CommandReceipt, 'stream' | 'revision'>> {
    const { demoVote } = this.config;
    if (!demoVote) throw new Rejection('unauthenticated', { detail: 'No demonstration is running.' });
    const { secret, approvalId, actionDigest } = parseBody(DemoVoteRequest, body);
    if (!sameSecret(secret, demoVote))
      throw new Rejection('unauthenticated', { detail: 'This is not the secret of the demonstration.' });
    const { installationId } = this.runtime;
    const approval = (await this.views.cache.get('approval', approvalId)).rows.get('approval') as ApprovalRow | undefined;
    if (!approval) throw new Rejection('not_found', { detail: `There is no approval ${approvalId}.` });
    const { kind, id } = approval.origin;
    if (kind !== 'run' || id !== ids.seed(installationId, `run/${EXAMPLE_WORKFLOW}`))
      throw new Rejection('forbidden', { detail: 'A demonstration decides about the example alone.' });
    return this.commands.execute(
      'VoteOnApproval',
      { approvalId, vote: 'approve', actionDigest, stepUp: 'none' },
      {
        // One secret is one command: another vote with it is an `idempotency_conflict`.
        id: idOf(demoVote),
        metadata: {
          actor: `user:${ids.seed(installationId, 'owner')}`,
          roles: ['admin'],
          permissions: ['approval:vote'],
          stepUp: 'none',
          correlationId: correlationOf(response),
        },
      },
    );
  }
}

/** A UUID of version 4 whose random bits are the digest's: commands of people have no ids that services derive. */
const idOf = (digest: Buffer): string => v4({ random: Uint8Array.from(digest.subarray(0, 16)) }); // it writes into it
