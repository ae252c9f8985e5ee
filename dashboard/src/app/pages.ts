import { agentsPage } from './agents/agents.page';
import { boardsPage } from './board/boards.page';
import { inboxPage } from './inbox/inbox.page';
import { peoplePage } from './people/people.page';
import { operationsPage } from './operations/operations.page';
import { runsPage } from './runs/runs.page';
import type { Pages } from './shell/page';

/** Every page, by one line. */
export const pages: Pages = [boardsPage, runsPage, inboxPage, operationsPage, agentsPage, peoplePage];
