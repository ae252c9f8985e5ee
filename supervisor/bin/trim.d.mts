/** Takes out of a `node_modules` folder what none of our processes reads. */
export function trimInstallation(modules: string): Promise<void>;
