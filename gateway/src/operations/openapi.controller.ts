import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Requires } from '@agencyos/runtime';
import { Controller, Get, Header } from '@nestjs/common';

/** The published description of this interface, generated from the same schemas that check the requests. */
@Controller('api/v1')
export class OpenApiController {
  private document: Promise<string> | undefined;

  @Get('openapi.json')
  @Header('Content-Type', 'application/json; charset=utf-8')
  @Requires('public')
  openapi(): Promise<string> {
    return (this.document ??= readFile(fileURLToPath(import.meta.resolve('@agencyos/contracts/openapi.json')), 'utf8'));
  }
}
