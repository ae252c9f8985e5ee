import type { ModuleMetadata } from '@nestjs/common';
import { CommandsController } from './commands/commands.controller.js';
import type { GatewayConfig } from './config.js';
import { ContentController } from './content/content.controller.js';
import { ContentQuota } from './content/content-quota.js';
import { EventsController } from './events/events.controller.js';
import { DataFolder } from './provisioning/data-folder.js';
import { DemoVoteController } from './provisioning/demo-vote.controller.js';
import { ExampleRun } from './provisioning/example-run.js';
import { Provisioning } from './provisioning/provisioning.js';
import { SetupUrlFile } from './provisioning/setup-url-file.js';
import { GivenTokens } from './provisioning/given-tokens.js';
import { TokenFiles } from './provisioning/token-files.js';
import { AuthGuard } from './http/auth.guard.js';
import { JsonBodyGuard } from './http/body.guard.js';
import { RateLimits } from './http/rate-limits.js';
import { ProblemFilter } from './http/problem.filter.js';
import { SessionCookie } from './http/session-cookie.js';
import { AccountController } from './identity/account.controller.js';
import { AccessLog } from './identity/access-log.js';
import { Accounts } from './identity/accounts.js';
import { Authenticator } from './identity/authenticator.js';
import { CommandLineController } from './identity/command-line.controller.js';
import { DeviceLogins } from './identity/device-logins.js';
import { DirectoryReader } from './identity/directory-reader.js';
import { LoginThrottle } from './identity/login-throttle.js';
import { Invitations } from './identity/invitations.js';
import { OutsideCredentials } from './identity/outside-credentials.js';
import { PeopleController } from './identity/people.controller.js';
import { PeopleOverview } from './identity/people-overview.js';
import { PasswordCheck } from './identity/password-check.js';
import { PasswordResetController } from './identity/password-reset.controller.js';
import { Sessions } from './identity/sessions.js';
import { SignIns } from './identity/sign-ins.js';
import { TokenLists } from './identity/token-lists.js';
import { Votes } from './identity/votes.js';
import { SignInController } from './identity/sign-in.controller.js';
import { Tickets } from './identity/tickets.js';
import { Tokens } from './identity/tokens.js';
import { LiveGateway } from './live/live.gateway.js';
import { SocketChecks } from './live/socket-checks.js';
import { TaskProgress } from './live/task-progress.js';
import { BackupsController } from './operations/backups.controller.js';
import { ConsumersController } from './operations/consumers.controller.js';
import { LocalSupervisor } from './operations/local-supervisor.js';
import { OpenApiController } from './operations/openapi.controller.js';
import { LogStream } from './logs/log-stream.js';
import { LogsController } from './logs/logs.controller.js';
import { ParkedController } from './operations/parked.controller.js';
import { ProcessesController } from './operations/processes.controller.js';
import { ServicePings } from './operations/service-pings.js';
import { ServicesLink } from './operations/services-link.js';
import { UpgradeController } from './operations/upgrade.controller.js';
import { Sight } from './sight/sight.js';
import { GATEWAY_CONFIG } from './tokens.js';
import { ViewFeed } from './views/view-feed.js';
import { ViewsController } from './views/views.controller.js';

export const gatewayModule = (config: GatewayConfig): ModuleMetadata => ({
  controllers: [
    SignInController,
    AccountController,
    PeopleController,
    CommandLineController,
    DemoVoteController,
    PasswordResetController,
    ViewsController,
    ContentController,
    EventsController,
    LogsController,
    ParkedController,
    ConsumersController,
    ProcessesController,
    BackupsController,
    UpgradeController,
    OpenApiController,
    // Last: its route `:context/:type` would take what belongs to the others.
    CommandsController,
  ],
  providers: [
    { provide: GATEWAY_CONFIG, useValue: config },
    { provide: SessionCookie, useValue: new SessionCookie(config.publicUrl.startsWith('https:')) },
    { provide: RateLimits, useValue: new RateLimits(config.limits) },
    AccessLog,
    Accounts,
    Authenticator,
    AuthGuard,
    ContentQuota,
    DataFolder,
    DeviceLogins,
    DirectoryReader,
    ExampleRun,
    Invitations,
    JsonBodyGuard,
    LiveGateway,
    LocalSupervisor,
    LoginThrottle,
    LogStream,
    OutsideCredentials,
    PasswordCheck,
    PeopleOverview,
    ProblemFilter,
    Provisioning,
    ServicePings,
    ServicesLink,
    Sessions,
    SetupUrlFile,
    Sight,
    SignIns,
    SocketChecks,
    TaskProgress,
    Tickets,
    TokenFiles,
    GivenTokens,
    TokenLists,
    Tokens,
    ViewFeed,
    Votes,
  ],
});
