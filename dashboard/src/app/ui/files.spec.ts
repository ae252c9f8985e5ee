import { TestBed } from '@angular/core/testing';
import { describe, expect, it } from '@jest/globals';
import { Files } from './files';

const digest = `sha256:${'ab'.repeat(32)}`;

describe('files of a task (fault 6)', () => {
  it('are listed with name and size, and downloaded under their names, a folder as an archive', async () => {
    const fixture = TestBed.createComponent(Files);
    fixture.componentRef.setInput('files', [
      { name: 'NOTES.md', digest, bytes: 19_823, mediaType: 'text/markdown' },
      { name: 'release', digest, bytes: 800, mediaType: 'application/x-tar' },
    ]);
    await fixture.whenStable();
    const page = fixture.nativeElement as HTMLElement;
    const links = [...page.querySelectorAll('a')];
    expect(links.map((link) => [link.textContent, link.getAttribute('href'), link.download])).toEqual([
      ['NOTES.md', `/api/v1/content/${digest}?name=NOTES.md`, 'NOTES.md'],
      ['release/', `/api/v1/content/${digest}?name=release.tar`, 'release.tar'],
    ]);
    expect(page.textContent).toMatch(/20 KB.*800 bytes/s);
  });
});
