// It belongs to no project, for the supervisor's specs, too, wait by it, and the servers here rest on the supervisor.
export { until, untilAnswered } from '../../../scripts/until.mjs';
