import { directoryView, type DirectoryToken, type DirectoryUser } from '@agencyos/contracts';
import { Views } from '@agencyos/runtime';
import { Injectable } from '@nestjs/common';

/** What the recorded facts say about users and tokens, read from the `directory` view. */
@Injectable()
export class DirectoryReader {
  constructor(private readonly views: Views) {}

  user(userId: string): Promise<DirectoryUser | undefined> {
    return this.views.of(directoryView, 'all').get(`user/${userId}`);
  }

  token(tokenId: string): Promise<DirectoryToken | undefined> {
    return this.views.of(directoryView, 'all').get(`token/${tokenId}`);
  }
}
