import { ChangeDetectionStrategy, Component, computed, input } from '@angular/core';
import type { Content } from '@agencyos/contracts';
import { fileSize, shortDigest } from './pure/format';

/** `FOLDER_MEDIA_TYPE` of the contracts, whose values stay out of the page's code. */
const FOLDER = 'application/x-tar';

/** Files and folders under their names, to be downloaded; a folder comes as one archive. */
@Component({
  selector: 'ao-files',
  template: `
    <ul>
      @for (file of shown(); track file.name) {
        <li>
          <a class="link" [href]="file.url" [attr.download]="file.download">{{ file.name }}</a>
          <span class="num">{{ file.size }}</span>
          @if (digests()) {
            <code [title]="file.digest">{{ file.short }}</code>
          }
        </li>
      }
    </ul>
  `,
  styleUrl: './files.css',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class Files {
  readonly files = input.required<readonly Content[]>();
  readonly digests = input(false);

  protected readonly shown = computed(() =>
    this.files().map(({ name = 'file', digest, bytes, mediaType }) => {
      const folder = mediaType === FOLDER;
      const download = folder ? `${name}.tar` : name;
      return {
        ...{ name: folder ? `${name}/` : name, download, digest },
        url: `/api/v1/content/${digest}?name=${encodeURIComponent(download)}`,
        size: fileSize(bytes),
        short: shortDigest(digest),
      };
    }),
  );
}
