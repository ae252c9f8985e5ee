import { Component, inject, signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { Router, RouterOutlet, provideRouter } from '@angular/router';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { PageFocus } from './page-focus';

const loaded = signal(false);

@Component({ template: '<h1>First</h1><button>Open</button>' })
class First {}
@Component({ template: '@if (loaded()) { <h1>Second</h1> }' })
class Second {
  protected readonly loaded = loaded;
}
@Component({
  imports: [RouterOutlet],
  providers: [PageFocus],
  template:
    '<nav aria-label="Main"><a href="#" id="link">Second</a></nav><main id="main"><router-outlet /></main>',
})
class Frame {
  constructor() {
    inject(PageFocus);
  }
}

describe('after a navigation (fault 34)', () => {
  let router: Router;
  const settle = async () => {
    await TestBed.inject(Router);
    TestBed.tick();
    await new Promise((resolve) => setTimeout(resolve));
  };

  beforeEach(async () => {
    loaded.set(false);
    document.body.replaceChildren();
    TestBed.configureTestingModule({
      providers: [
        provideRouter([
          { path: 'first', component: First },
          { path: 'second', component: Second },
        ]),
      ],
    });
    router = TestBed.inject(Router);
    const fixture = TestBed.createComponent(Frame);
    document.body.append(fixture.nativeElement as HTMLElement);
    await router.navigateByUrl('/first');
    await settle();
  });

  it('the focus stands on the heading, also one that comes with the data', async () => {
    document.querySelector('button')?.focus();
    await router.navigateByUrl('/second');
    await settle();
    expect(document.activeElement).toBe(document.body);
    loaded.set(true);
    await settle();
    expect(document.activeElement?.textContent).toBe('Second');
  });

  it('it leaves the link that led there', async () => {
    loaded.set(true);
    document.getElementById('link')?.focus();
    await router.navigateByUrl('/second');
    await settle();
    expect(document.activeElement?.tagName).toBe('H1');
  });

  it('it stays where it is when only the query changes', async () => {
    document.querySelector('button')?.focus();
    await router.navigateByUrl('/first?card=a');
    await settle();
    expect(document.activeElement?.tagName).toBe('BUTTON');
  });
});
