export { nextRuns, readSchedule, type Schedule, ScheduleInvalid } from './schedule.js';
