import { Bus } from '@agencyos/runtime';
import { Injectable } from '@nestjs/common';

/** Cut off from the services for longer, we no longer pretend to know how things are. */
const CUT_OFF_MS = 3_000;

/** Whether news from the services can arrive here. */
@Injectable()
export class ServicesLink {
  private awaySince: number | undefined;

  constructor(private readonly bus: Bus) {}

  /** Asked for every two seconds by the socket checks, so it is known when the link broke. */
  get cutOff(): boolean {
    if (this.bus.connected) this.awaySince = undefined;
    else this.awaySince ??= performance.now();
    return this.awaySince !== undefined && performance.now() - this.awaySince > CUT_OFF_MS;
  }
}
