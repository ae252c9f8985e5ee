export function kubernetesTools(projectRoot: string): Promise<{ helm: string; kubectl: string }>;
