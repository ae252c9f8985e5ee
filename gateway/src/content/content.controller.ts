import { Digest, type Content, type Permission } from '@agencyos/contracts';
import { Rejection } from '@agencyos/decider';
import { ContentStore, digestOfBytes, Requires } from '@agencyos/runtime';
import { Controller, Get, Param, Put, Query, Req, Res, StreamableFile } from '@nestjs/common';
import type { Request, Response } from 'express';
import { callerOf } from '../http/auth.guard.js';
import { RawBody, readContent } from '../http/body.guard.js';
import { Costs } from '../http/rate-limits.js';
import type { Caller } from '../identity/caller.js';
import { ContentQuota } from './content-quota.js';

const READERS: Permission[] = ['run:read', 'approval:read', 'task:work'];
const WRITERS: Permission[] = ['workflow:publish', 'run:operate', 'board:write', 'task:work'];
const MEDIA_TYPE = /^[a-z]+\/[a-z0-9][a-z0-9.+-]{0,60}$/;
/** What no browser runs. Everything else is bytes, whatever its uploader called it. */
const HARMLESS = /^(text\/(plain|markdown|csv)|image\/(png|jpeg|webp)|application\/(json|yaml|pdf|zip|x-tar|octet-stream))$/;
/** A name that needs no quoting in a header and is no hidden file anywhere. */
const FILE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,119}$/;

/** What is too large for an event, under its SHA-256. */
@Controller('api/v1/content')
export class ContentController {
  constructor(
    private readonly content: ContentStore,
    private readonly quota: ContentQuota,
  ) {}

  @Put(':digest')
  @Requires('session')
  @Costs(5)
  @RawBody()
  async put(
    @Param('digest') digest: string,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Content> {
    need(callerOf(response), WRITERS);
    checkDigest(digest);
    const mediaType = (request.get('content-type') ?? 'application/octet-stream').split(';')[0]!.trim().toLowerCase();
    if (!MEDIA_TYPE.test(mediaType))
      throw new Rejection('unsupported_media_type', { detail: 'The media type is not valid.' }, 415);
    const bytes = await readContent(request, response);
    const actual = digestOfBytes(bytes);
    if (actual !== digest) {
      throw new Rejection('digest_mismatch', { actual, detail: 'The bytes have another SHA-256 than the address says.' }, 422);
    }
    await this.quota.take(callerOf(response).principal, bytes.byteLength);
    return this.content.put(bytes, mediaType);
  }

  /** Always a download, under the name that is asked for: nothing that was stored may run as a page of ours. */
  @Get(':digest')
  @Requires('session')
  @Costs(5)
  async get(
    @Param('digest') digest: string,
    @Query('name') name: unknown,
    @Res({ passthrough: true }) response: Response,
  ): Promise<StreamableFile> {
    need(callerOf(response), READERS);
    checkDigest(digest);
    if (name !== undefined && !(typeof name === 'string' && FILE_NAME.test(name))) {
      const detail = 'A name has letters, digits, dots, dashes and underscores, and begins with one of the first two.';
      throw new Rejection('invalid', { field: 'name', detail });
    }
    const found = await this.content.get(digest);
    if (!found) throw new Rejection('not_found');
    response.setHeader('Cache-Control', 'private, max-age=31536000, immutable');
    response.setHeader('Content-Security-Policy', "default-src 'none'; sandbox");
    return new StreamableFile(found.bytes, {
      type: HARMLESS.test(found.mediaType) ? found.mediaType : 'application/octet-stream',
      disposition: name === undefined ? 'attachment' : `attachment; filename="${name}"`,
    });
  }
}

function checkDigest(digest: string): void {
  if (!Digest.safeParse(digest).success) {
    throw new Rejection('malformed_id', { field: 'digest', detail: 'A digest is sha256: and 64 hexadecimal digits.' }, 400);
  }
}

function need({ permissions }: Caller, any: Permission[]): void {
  if (!any.some((permission) => permissions.includes(permission)))
    throw new Rejection('forbidden', { detail: `This needs ${any.join(' or ')}.` });
}
