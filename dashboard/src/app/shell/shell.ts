import { CdkMenu, CdkMenuItem, CdkMenuTrigger } from '@angular/cdk/menu';
import { Dialog } from '@angular/cdk/dialog';
import { ChangeDetectionStrategy, Component, Injector, computed, inject } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { NavigationEnd, Router, RouterLink, RouterLinkActive, RouterOutlet } from '@angular/router';
import { filter, map, startWith } from 'rxjs';
import { CommandPalette } from '../palette/command-palette';
import { Session } from '../session/session';
import { Avatar } from '../ui/avatar';
import { Glyph } from '../ui/glyph';
import { Icon } from '../ui/icon';
import { words } from '../ui/pure/format';
import { Breadcrumb } from './breadcrumb';
import { ConnectionPill } from './connection-pill';
import { navigation } from './navigation';
import { Overview } from './overview';
import { PAGES, helpOf } from './page';
import { PageFocus } from './page-focus';
import { ShortcutsDialog } from './shortcuts-dialog';
import { shortcuts } from './shortcuts';
import { IncompleteBanner } from './incomplete-banner';
import { StaleBanner } from './stale-banner';
import { Theme } from './theme';

@Component({
  selector: 'ao-shell',
  imports: [
    RouterOutlet,
    RouterLink,
    RouterLinkActive,
    CdkMenu,
    CdkMenuItem,
    CdkMenuTrigger,
    Avatar,
    ConnectionPill,
    Glyph,
    Icon,
    StaleBanner,
    IncompleteBanner,
  ],
  providers: [Overview, PageFocus],
  templateUrl: './shell.html',
  styleUrl: './shell.css',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class Shell {
  private readonly dialog = inject(Dialog);
  private readonly router = inject(Router);
  private readonly injector = inject(Injector);
  protected readonly session = inject(Session);
  protected readonly theme = inject(Theme);
  protected readonly home = inject(PAGES)[0];
  protected readonly places = navigation();
  private readonly path = toSignal(
    this.router.events.pipe(
      filter((event) => event instanceof NavigationEnd),
      startWith(undefined),
      map(() => this.router.url.split(/[/?#]/)[1]),
    ),
  );
  protected readonly here = computed(() => this.places.find(({ page }) => page.path === this.path()));
  protected readonly help = computed(() => helpOf(this.here()?.page));
  protected readonly name = inject(Breadcrumb).name;
  protected readonly roles = computed(() => this.session.me()?.user?.roles.map(words).join(', ') ?? '');

  constructor() {
    inject(PageFocus);
    shortcuts([
      { keys: ['Ctrl+k'], words: 'Search or run a command', group: 'Everywhere', run: () => this.search() },
      { keys: ['?'], words: 'Show all shortcuts', group: 'Everywhere', run: () => this.showShortcuts() },
      ...this.places.map(({ page: { key, name, link } }) => ({
        keys: [`g ${key}`],
        words: `Go to ${name}`,
        group: 'Go to',
        run: () => this.open(link),
      })),
      // The palette shows the first few until somebody types.
      {
        keys: ['g ?'],
        words: 'Read about what is shown here',
        group: 'Everywhere',
        run: () => this.read(),
      },
    ]);
  }

  protected search(): void {
    this.dialog.open(CommandPalette, {
      injector: this.injector,
      panelClass: 'palette-panel',
      backdropClass: 'dialog-scrim',
      ariaLabel: 'Search or run a command',
      autoFocus: 'input',
      positionStrategy: CommandPalette.position(this.injector),
    });
  }

  protected showShortcuts(): void {
    this.dialog.open(ShortcutsDialog, {
      injector: this.injector,
      panelClass: 'dialog-panel',
      backdropClass: 'dialog-scrim',
      ariaLabelledBy: 'shortcuts-title',
    });
  }

  /** In a tab of its own: what one was doing stays. */
  protected read(): void {
    open(this.help(), '_blank', 'noopener');
  }

  protected open(...path: string[]): void {
    void this.router.navigate(path);
  }

  protected async logOut(): Promise<void> {
    await this.session.logOut();
    await this.router.navigateByUrl('/login');
  }
}
