import type { PeopleList, PersonInfo } from '@agencyos/contracts';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { DirectoryReader } from './directory-reader.js';
import { TokenLists } from './token-lists.js';

interface Row {
  userId: string;
  name: string;
  hasPassword: boolean;
  linkUntil: Date | null;
  lastSeenAt: Date | null;
  sessions: number;
}

const ROWS = `
  SELECT p.user_id AS "userId", p.name, c.user_id IS NOT NULL AS "hasPassword", i.expires_at AS "linkUntil",
         max(s.last_used_at) AS "lastSeenAt", count(s.session_id)::int AS sessions
  FROM profile p
    LEFT JOIN credential c USING (user_id)
    LEFT JOIN invitation i ON i.user_id = p.user_id AND i.expires_at > clock_timestamp()
    LEFT JOIN session s ON s.user_id = p.user_id AND s.expires_at > clock_timestamp()
  GROUP BY p.user_id, p.name, c.user_id, i.expires_at ORDER BY p.name`;

/** Everybody, as those who administer see them. */
@Injectable()
export class PeopleOverview {
  constructor(
    private readonly database: DataSource,
    private readonly directory: DirectoryReader,
    private readonly tokens: TokenLists,
  ) {}

  async all(): Promise<PeopleList> {
    const [users, groups, tokens, rows] = await Promise.all([
      this.directory.users(),
      this.directory.groups(),
      this.tokens.byPrincipal(),
      this.database.query<Row[]>(ROWS),
    ]);
    const known = new Map(users.map((user) => [user.userId, user]));
    const people = rows.flatMap((row): PersonInfo[] => {
      const user = known.get(row.userId);
      if (!user) return [];
      return [
        {
          ...{ userId: row.userId, name: row.name, roles: user.roles, groups: user.groups ?? [], sessions: row.sessions },
          state: user.disabled ? 'disabled' : row.hasPassword ? 'active' : 'invited',
          ...(row.linkUntil && { linkUntil: row.linkUntil.toISOString() }),
          ...(row.lastSeenAt && { lastSeenAt: row.lastSeenAt.toISOString() }),
          tokens: tokens.get(`user:${row.userId}`) ?? [],
        },
      ];
    });
    return { people, groups };
  }
}
