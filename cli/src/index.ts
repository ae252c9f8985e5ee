export { CliProblem } from './cli-problem.js';
export { program } from './program.js';
