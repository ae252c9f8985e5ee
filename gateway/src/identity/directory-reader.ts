import { directoryView, type DirectoryGroup, type DirectoryToken, type DirectoryUser } from '@agencyos/contracts';
import { Views } from '@agencyos/runtime';
import { Injectable } from '@nestjs/common';

/** What the recorded facts say about users and tokens, read from the `directory` view. */
@Injectable()
export class DirectoryReader {
  constructor(private readonly views: Views) {}

  user(userId: string): Promise<DirectoryUser | undefined> {
    return this.views.of(directoryView, 'all').get(`user/${userId}`);
  }

  async users(): Promise<DirectoryUser[]> {
    return (await this.views.of(directoryView, 'all').list('user')).map(([, user]) => user);
  }

  async groups(): Promise<DirectoryGroup[]> {
    return (await this.views.of(directoryView, 'all').list('group')).map(([, group]) => group);
  }

  /** Those that may still be used. */
  async tokens(): Promise<DirectoryToken[]> {
    const known = (await this.views.of(directoryView, 'all').list('token')).map(([, token]) => token);
    return known.filter(({ revoked, expiresAt }) => !revoked && !(expiresAt && Date.parse(expiresAt) <= Date.now()));
  }

  token(tokenId: string): Promise<DirectoryToken | undefined> {
    return this.views.of(directoryView, 'all').get(`token/${tokenId}`);
  }
}
