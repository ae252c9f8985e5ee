import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Rows that may be erased; what they grant is decided by events. Secrets are stored only as hashes. */
@Entity('profile')
export class Profile {
  @PrimaryColumn('uuid', { name: 'user_id' }) userId!: string;
  /** For signing in; the first admin's is `admin`. */
  @Column('text', { unique: true }) name!: string;
}

@Entity('credential')
export class Credential {
  @PrimaryColumn('uuid', { name: 'user_id' }) userId!: string;
  /** argon2id in PHC string form. */
  @Column('text', { name: 'password_hash' }) passwordHash!: string;
  /** Id of the command that records this change. */
  @Column('uuid', { name: 'change_id' }) changeId!: string;
}

@Entity('session')
export class Session {
  @PrimaryColumn('uuid', { name: 'session_id' }) sessionId!: string;
  /** SHA-256 of the cookie's random secret. */
  @Column('bytea', { unique: true }) hash!: Buffer;
  @Column('uuid', { name: 'user_id' }) userId!: string;
  @Column({ type: 'timestamptz', name: 'created_at', insert: false }) createdAt!: Date;
  @Column('timestamptz', { name: 'expires_at' }) expiresAt!: Date;
  /** Of a command line: sent as a bearer token, never as a cookie. */
  @Column('boolean', { name: 'command_line' }) commandLine!: boolean;
}

@Entity('token_secret')
export class TokenSecret {
  @PrimaryColumn('uuid', { name: 'token_id' }) tokenId!: string;
  @Column('bytea', { unique: true }) hash!: Buffer;
  @Column('text') label!: string;
}

/** Opens one WebSocket; belongs to the session or token that asked for it. */
@Entity('ticket')
export class Ticket {
  @PrimaryColumn('bytea') hash!: Buffer;
  @Column('uuid', { name: 'session_id', nullable: true }) sessionId!: string | null;
  @Column('uuid', { name: 'token_id', nullable: true }) tokenId!: string | null;
}

/** What the first start has done once and for all. */
@Entity('seed')
export class Seed {
  @PrimaryColumn('text') name!: string;
}

export const identityEntities = [Profile, Credential, Session, TokenSecret, Ticket, Seed];
