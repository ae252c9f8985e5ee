import { CdkMenu, CdkMenuItem, CdkMenuTrigger } from '@angular/cdk/menu';
import { Dialog } from '@angular/cdk/dialog';
import { ChangeDetectionStrategy, Component, Injector, computed, inject } from '@angular/core';
import { Router, RouterLink, RouterLinkActive, RouterOutlet } from '@angular/router';
import { CommandPalette } from '../palette/command-palette';
import { Session } from '../session/session';
import { Avatar } from '../ui/avatar';
import { Glyph } from '../ui/glyph';
import { Icon } from '../ui/icon';
import { words } from '../ui/format';
import { Breadcrumb } from './breadcrumb';
import { ConnectionPill } from './connection-pill';
import { Overview } from './overview';
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
  protected readonly overview = inject(Overview);
  protected readonly session = inject(Session);
  protected readonly theme = inject(Theme);
  protected readonly crumbs = inject(Breadcrumb).crumbs;
  protected readonly roles = computed(() => this.session.me()?.user?.roles.map(words).join(', ') ?? '');

  constructor() {
    inject(PageFocus);
    const go = (path: string) => () => void this.router.navigateByUrl(path);
    shortcuts([
      { keys: ['Ctrl+k'], words: 'Search or run a command', group: 'Everywhere', run: () => this.search() },
      { keys: ['?'], words: 'Show all shortcuts', group: 'Everywhere', run: () => this.help() },
      { keys: ['g b'], words: 'Go to the board', group: 'Go to', run: go('/boards') },
      { keys: ['g r'], words: 'Go to runs', group: 'Go to', run: go('/runs') },
      { keys: ['g i'], words: 'Go to the inbox', group: 'Go to', run: go('/inbox') },
      { keys: ['g o'], words: 'Go to operations', group: 'Go to', run: go('/operations') },
      { keys: ['g a'], words: 'Go to agents', group: 'Go to', run: go('/agents') },
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

  protected help(): void {
    this.dialog.open(ShortcutsDialog, {
      injector: this.injector,
      panelClass: 'dialog-panel',
      backdropClass: 'dialog-scrim',
      ariaLabelledBy: 'shortcuts-title',
    });
  }

  protected openBoard(boardId: string): void {
    void this.router.navigate(['/boards', boardId]);
  }

  protected async logOut(): Promise<void> {
    await this.session.logOut();
    await this.router.navigateByUrl('/login');
  }
}
