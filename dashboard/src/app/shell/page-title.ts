import { Injectable, inject } from '@angular/core';
import { Title } from '@angular/platform-browser';
import { TitleStrategy, type RouterStateSnapshot } from '@angular/router';

/** The page's name first: it is what a narrow tab still shows. */
@Injectable({ providedIn: 'root' })
export class PageTitle extends TitleStrategy {
  private readonly title = inject(Title);

  override updateTitle(snapshot: RouterStateSnapshot): void {
    this.name(this.buildTitle(snapshot));
  }

  /** For pages whose name is known only with their data. */
  name(page: string | undefined): void {
    this.title.setTitle(page ? `${page} · AgencyOS` : 'AgencyOS');
  }
}
