{{- /* Metadata of a pod. `checksum` restarts it when what it reads at its start has changed. */ -}}
{{- define "agencyos.podMetadata" -}}
labels:
  {{- include "agencyos.selector" . | nindent 2 }}
  app.kubernetes.io/part-of: agencyos
  {{- with mergeOverwrite (dict) .root.Values.commonLabels .settings.labels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with mergeOverwrite (dict) .root.Values.commonAnnotations .settings.annotations (.checksums | default dict) }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- /* What every pod says beside its containers: restricted Pod Security, no token, spread over nodes. */ -}}
{{- define "agencyos.podSpec" -}}
automountServiceAccountToken: {{ .token | default false }}
enableServiceLinks: false
{{- with .serviceAccountName | default .settings.serviceAccountName }}
serviceAccountName: {{ . | quote }}
{{- end }}
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .settings.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- with .settings.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .settings.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- if .settings.affinity }}
affinity:
  {{- toYaml .settings.affinity | nindent 2 }}
{{- else if .spread }}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: {{ .settings.whenUnsatisfiable }}
    labelSelector:
      matchLabels:
        {{- include "agencyos.selector" . | nindent 8 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  {{- with .user | default .settings.runAsUser }}
  runAsUser: {{ . | int64 }}
  runAsGroup: {{ . | int64 }}
  {{- end }}
  {{- with .user | default .settings.fsGroup }}
  fsGroup: {{ . | int64 }}
  fsGroupChangePolicy: OnRootMismatch
  {{- end }}
  seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "agencyos.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  runAsNonRoot: true
  capabilities: { drop: [ALL] }
{{- end -}}

{{- /* Of the product's own image. */ -}}
{{- define "agencyos.ownImage" -}}
image: {{ include "agencyos.image" (dict "root" .root "image" (.image | default .root.Values.image)) }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
{{- end -}}

{{- /* Environment that every process of ours has. */ -}}
{{- define "agencyos.commonEnv" -}}
- { name: NATS_URL, value: {{ include "agencyos.natsUrl" .root | quote }} }
- { name: HEALTH_HOST, value: 0.0.0.0 }
- { name: HEALTH_PORT, value: '8080' }
- { name: LOG_LEVEL, value: {{ .root.Values.logLevel }} }
{{- if not .root.Values.nats.install }}
# Somebody else sets the accounts up: a start looks whether what must be forbidden is.
- { name: NATS_PROBE, value: '1' }
{{- end }}
{{- with .root.Values.telemetry.otlpEndpoint }}
- { name: OTEL_EXPORTER_OTLP_ENDPOINT, value: {{ . | quote }} }
{{- end }}
{{- end -}}

{{- /*
Three questions, each with its own answer. Startup: has its start come to an end (migrations, connections, consumers)?
Five minutes, as it waits for whatever is away. Readiness: can it work now? Liveness: does its event loop turn? Nothing
else, or a database that is away would restart all that wait for it.
*/ -}}
{{- define "agencyos.probes" -}}
startupProbe:
  httpGet: { path: /health/started, port: {{ .port }} }
  periodSeconds: 2
  timeoutSeconds: 2
  failureThreshold: 150
readinessProbe:
  httpGet: { path: {{ .ready }}, port: {{ .port }} }
  periodSeconds: 5
  timeoutSeconds: 3
  failureThreshold: 2
livenessProbe:
  httpGet: { path: /health/live, port: {{ .port }} }
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
{{- end -}}
