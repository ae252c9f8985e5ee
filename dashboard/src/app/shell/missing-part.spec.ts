import { Component } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { Router, provideRouter } from '@angular/router';
import { RouterTestingHarness } from '@angular/router/testing';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { MissingPart } from './missing-part';

@Component({ template: 'here' })
class Here {}

const GONE = new TypeError('Failed to fetch dynamically imported module: http://x/chunk-OLD.js');

describe('a page whose code cannot be loaded while the server is away (fault 28)', () => {
  const { fetch } = globalThis;
  let isThere: boolean;
  let missing: MissingPart;
  let router: Router;

  beforeEach(async () => {
    jest.useFakeTimers();
    isThere = false;
    globalThis.fetch = (async () => {
      if (!isThere) throw new TypeError('Failed to fetch');
      return { ok: true };
    }) as unknown as typeof globalThis.fetch;
    TestBed.configureTestingModule({
      providers: [
        provideRouter([
          { path: 'here', component: Here },
          { path: 'there', component: Here },
        ]),
      ],
    });
    await RouterTestingHarness.create('/here');
    missing = TestBed.inject(MissingPart);
    router = TestBed.inject(Router);
  });
  afterEach(() => {
    globalThis.fetch = fetch;
    jest.useRealTimers();
  });

  it('leaves the visitor where they are, and opens when the server is back', async () => {
    await missing.failed(GONE, '/there');
    expect(missing.wanted()).toBe('/there');
    await jest.advanceTimersByTimeAsync(10_000);
    expect(router.url).toBe('/here');
    isThere = true;
    await jest.advanceTimersByTimeAsync(2_000);
    expect(router.url).toBe('/there');
    expect(missing.wanted()).toBeUndefined();
  });

  it('is no longer wanted once the visitor went elsewhere', async () => {
    await missing.failed(GONE, '/elsewhere');
    await router.navigateByUrl('/there');
    isThere = true;
    await jest.advanceTimersByTimeAsync(10_000);
    expect(router.url).toBe('/there');
    expect(missing.wanted()).toBeUndefined();
  });

  it('is not what every failed navigation is', async () => {
    const told = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    await missing.failed(new Error('a guard failed'), '/there');
    expect(missing.wanted()).toBeUndefined();
    expect(told).toHaveBeenCalledTimes(1);
    told.mockRestore();
  });
});
