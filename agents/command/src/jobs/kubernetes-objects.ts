/** Of the Kubernetes API, as far as Jobs of one pod need it. */
export interface Metadata {
  name: string;
  namespace?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

export interface KubernetesJob {
  apiVersion?: string;
  kind?: string;
  metadata: Metadata & { namespace: string };
  spec: { activeDeadlineSeconds: number } & Record<string, unknown>;
}

export interface Pod {
  metadata: Metadata;
  spec?: { initContainers?: Container[]; containers: Container[] };
  status?: {
    phase?: string;
    reason?: string;
    message?: string;
    conditions?: { type: string; status: string; reason?: string; message?: string }[];
    initContainerStatuses?: ContainerStatus[];
    containerStatuses?: ContainerStatus[];
  };
}

interface Container {
  name: string;
  image: string;
}

export interface ContainerStatus {
  name: string;
  image?: string;
  state?: {
    waiting?: { reason?: string; message?: string };
    running?: object;
    terminated?: { exitCode: number; reason?: string; message?: string };
  };
}

export interface KubernetesEvent {
  reason?: string;
  message?: string;
}

export interface List<T> {
  metadata: { resourceVersion: string };
  items: T[];
}
