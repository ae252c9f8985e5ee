import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Transport } from '@nestjs/microservices';
import { nkeyAuthenticator } from '@nats-io/transport-node';
import { readFileSync } from 'node:fs';

// A NestJS process with HTTP and NATS that does nothing at all.
class Nothing {}
Module({})(Nothing);

const authenticator = nkeyAuthenticator(readFileSync(process.env.NATS_NKEY_FILE));
const app = await NestFactory.create(Nothing, { logger: false });
app.connectMicroservice({ transport: Transport.NATS, options: { servers: process.env.NATS_URL, authenticator } });
await app.startAllMicroservices();
await app.listen(0, '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
process.send('ready');
