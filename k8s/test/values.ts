import { valuesOf } from '../support/rendered.js';

const resources = { requests: { cpu: 1, memory: '1Gi' }, limits: { cpu: '2500m', memory: '2Gi' } };

/** The ordinary ones, and ten that somebody will want. */
export const cases: [name: string, values: object, place?: { release?: string; namespace?: string }][] = [
  ['default', {}],
  ['dev', valuesOf('dev')],
  ['production', valuesOf('production')],
  [
    'a mirror of images, with digests and pull secrets',
    {
      image: { registry: 'mirror.example.com/hub/', repository: 'team/agencyos', digest: `sha256:${'a'.repeat(64)}` },
      agentImage: { repository: 'team/agents', tag: 'v1', digest: '' },
      nats: { image: { digest: `sha256:${'b'.repeat(64)}` } },
      imagePullSecrets: [{ name: 'mirror' }, { name: 'second' }],
    },
  ],
  [
    'a node pool of its own',
    {
      pods: {
        nodeSelector: { pool: 'agencyos', 'kubernetes.io/arch': 'amd64' },
        tolerations: [{ key: 'dedicated', operator: 'Equal', value: 'agencyos', effect: 'NoSchedule' }],
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [{ matchExpressions: [{ key: 'zone', operator: 'In', values: ['a'] }] }],
            },
          },
        },
        priorityClassName: 'business-critical',
      },
      services: { gateway: { nodeSelector: { pool: 'edge' }, affinity: {} } },
    },
  ],
  [
    'labels, annotations and environment',
    {
      commonLabels: { team: 'platform', cost: '42' },
      commonAnnotations: { 'example.com/owner': 'platform' },
      pods: {
        labels: { tier: 'backend' },
        annotations: { 'sidecar.istio.io/inject': 'false' },
        extraEnv: [{ name: 'TZ', value: 'UTC' }],
      },
      services: {
        kanban: {
          labels: { tier: 'board' },
          extraEnv: [{ name: 'SECRET', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }],
        },
      },
    },
  ],
  [
    "names of one's own, however long",
    {
      nameOverride: 'control-plane',
      fullnameOverride: 'a-name-that-is-as-long-as-somebody-in-another-team-wanted-it-to-be',
    },
    { release: 'prod', namespace: 'team-a' },
  ],
  ['another release and namespace', {}, { release: 'blue', namespace: 'control' }],
  [
    'accounts and Secrets that exist',
    {
      pods: { serviceAccountName: 'existing' },
      secrets: { provision: false, nkeys: 'our-nkeys', nats: 'our-nats', database: 'our-database', tokens: 'our-tokens' },
    },
  ],
  [
    'KurrentDB, its own NATS and PostgreSQL anywhere',
    {
      kurrentdb: { enabled: true, existingSecret: 'kurrentdb' },
      nats: { install: false, url: 'tls://a.example.com:4222,tls://b.example.com:4222', replicas: 5 },
      postgres: { install: false, owner: { existingSecret: 'db', key: 'url' } },
      telemetry: { otlpEndpoint: 'http://collector.tracing:4318' },
    },
  ],
  [
    'a platform that chooses users, and no policies',
    {
      pods: { runAsUser: null, fsGroup: null },
      networkPolicy: { enabled: false },
      disruptionBudgets: false,
    },
  ],
  [
    "agents of one's own, scaled, with commands as Jobs",
    {
      agents: {
        'command-build': {
          kind: 'command',
          role: 'build',
          replicas: 3,
          maxConcurrent: 4,
          resources,
          workspaceSize: '100Gi',
          egress: [{ ports: [{ port: 443 }], to: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['10.0.0.0/8'] } }] }],
        },
        'command-notes': { enabled: false },
        'command-check': { scaling: { enabled: true, maxReplicas: 50 } },
      },
      agentJobs: {
        ...{ enabled: true, namespace: 'agencyos-jobs', resources },
        images: { default: 'team/tools:1', python: 'python:3.14-slim' },
        ...{ envFrom: ['tools-keys'], imagePullSecrets: [{ name: 'mirror' }] },
      },
    },
  ],
  [
    'backups on a volume made here, by a passphrase',
    {
      backup: {
        enabled: true,
        schedule: '@daily',
        storage: { size: '50Gi', className: 'slow' },
        seal: { existingSecret: 'backup-seal', passphraseKey: 'passphrase' },
      },
    },
  ],
  [
    'from a backup in an object store, which is made to a key, on KurrentDB',
    {
      kurrentdb: { enabled: true, existingSecret: 'kurrentdb' },
      backup: {
        enabled: true,
        csi: { driver: 's3.example.com', readOnly: false, volumeAttributes: { bucket: 'backups' } },
        seal: { existingSecret: 'backup-seal' },
        restore: { file: 'agencyos-2026-11-27T03-17-00Z.backup', existingSecret: 'backup-key' },
      },
    },
  ],
  [
    'a Gateway, many replicas and one node',
    {
      gateway: {
        publicUrl: 'https://board.example.com',
        allowedOrigins: ['https://a.example.com', 'https://b.example.com'],
        httpRoute: { enabled: true, parentRefs: [{ name: 'public', namespace: 'gateways', sectionName: 'https' }] },
        tls: { secretName: 'board-tls' },
        service: { type: 'LoadBalancer', annotations: { 'example.com/internal': 'true' } },
      },
      serviceDefaults: { replicas: 1, resources },
      services: { kanban: { replicas: 7 }, relay: { resources } },
      monitoring: {
        serviceMonitor: { enabled: true, labels: { release: 'prometheus' } },
        rules: { enabled: true },
        dashboards: { enabled: true },
      },
    },
  ],
];
