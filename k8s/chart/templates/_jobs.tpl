{{- /* Secret and entry of the database owner's address. */ -}}
{{- define "agencyos.ownerSecret" -}}
{{- if .Values.postgres.owner.existingSecret -}}
name: {{ .Values.postgres.owner.existingSecret | quote }}
key: {{ .Values.postgres.owner.key | quote }}
{{- else if or .Values.postgres.install .Values.secrets.database -}}
name: {{ include "agencyos.secret" (dict "root" . "which" "database") | quote }}
key: owner.url
{{- else -}}
{{- fail "postgres.owner.existingSecret is needed where postgres.install is false: the Secret with the address of a role that may create roles" -}}
{{- end -}}
{{- end -}}

{{- define "agencyos.ownerVolume" -}}
{{- $owner := include "agencyos.ownerSecret" . | fromYaml -}}
- name: owner
  secret:
    secretName: {{ $owner.name | quote }}
    defaultMode: 0440
    items: [{ key: {{ $owner.key | quote }}, path: owner.url }]
{{- end -}}

{{- define "agencyos.migrateSpec" -}}
{{- $table := include "agencyos.table" .root | fromJson -}}
{{- include "agencyos.podSpec" . }}
restartPolicy: OnFailure
terminationGracePeriodSeconds: 30
initContainers:
  {{- if .root.Values.backup.restore.file }}
  {{- include "agencyos.restoreContainer" . | nindent 2 }}
  {{- end }}
  # The log's tables, and a role with a schema for each service.
  - name: roles
    {{- include "agencyos.ownImage" . | nindent 4 }}
    args:
      - libs/runtime/dist/database-roles/main.js
      {{- range $table.services }}
      - /run/secrets/agencyos/{{ .name }}.url
      {{- end }}
    env:
      - { name: DATABASE_URL_FILE, value: /run/secrets/owner/owner.url }
      {{- with .settings.extraEnv }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
    resources:
      {{- toYaml .settings.resources | nindent 6 }}
    {{- include "agencyos.containerSecurity" .root | nindent 4 }}
    volumeMounts:
      - { name: owner, mountPath: /run/secrets/owner, readOnly: true }
      - { name: secrets, mountPath: /run/secrets/agencyos, readOnly: true }
      - { name: tmp, mountPath: /tmp }
containers:
  {{- range $service := $table.services }}
  # Its own tables, in its own role.
  - name: {{ $service.name }}
    {{- include "agencyos.ownImage" $ | nindent 4 }}
    args: [{{ $service.folder }}/dist/main.js, migrate]
    env:
      - { name: DATABASE_URL_FILE, value: /run/secrets/agencyos/{{ $service.name }}.url }
      {{- with $.settings.extraEnv }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
    resources:
      {{- toYaml $.settings.resources | nindent 6 }}
    {{- include "agencyos.containerSecurity" $.root | nindent 4 }}
    volumeMounts:
      - { name: {{ $service.name }}, mountPath: /run/secrets/agencyos, readOnly: true }
      - { name: tmp, mountPath: /tmp }
  {{- end }}
volumes:
  {{- if .root.Values.backup.restore.file }}
  {{- include "agencyos.backupVolumes" (dict "root" .root "secret" .root.Values.backup.restore.existingSecret) | nindent 2 }}
  - { name: data, emptyDir: { sizeLimit: 64Mi } }
  {{- end }}
  {{- include "agencyos.ownerVolume" .root | nindent 2 }}
  - name: secrets
    secret:
      secretName: {{ include "agencyos.secret" (dict "root" .root "which" "database") | quote }}
      defaultMode: 0440
      items:
        {{- range $table.services }}
        - { key: {{ .name }}.url, path: {{ .name }}.url }
        {{- end }}
  {{- range $table.services }}
  - name: {{ .name }}
    secret:
      secretName: {{ include "agencyos.secret" (dict "root" $.root "which" "database") | quote }}
      defaultMode: 0440
      items: [{ key: {{ .name }}.url, path: {{ .name }}.url }]
  {{- end }}
  - { name: tmp, emptyDir: { sizeLimit: 64Mi } }
{{- end -}}

{{- define "agencyos.provisionSpec" -}}
{{- $table := include "agencyos.table" .root | fromJson -}}
{{- $services := list -}}
{{- range $table.services }}{{ $services = append $services .name }}{{ end -}}
{{- $agents := list -}}
{{- range include "agencyos.agents" .root | fromJsonArray }}{{ $agents = append $agents .id }}{{ end -}}
{{- include "agencyos.podSpec" . }}
restartPolicy: OnFailure
terminationGracePeriodSeconds: 30
containers:
  - name: provision
    {{- include "agencyos.ownImage" . | nindent 4 }}
    args: [k8s/dist/provision/main.js]
    env:
      - name: POD_NAME
        valueFrom: { fieldRef: { fieldPath: metadata.name } }
      - name: POD_NAMESPACE
        valueFrom: { fieldRef: { fieldPath: metadata.namespace } }
      - { name: PROVISION_LEASE, value: {{ .name }} }
      - { name: PROVISION_LABELS, value: {{ include "agencyos.selector" . | fromYaml | toJson | quote }} }
      - { name: PROVISION_SERVICES, value: {{ join "," $services | quote }} }
      - { name: PROVISION_AGENTS, value: {{ join "," $agents | quote }} }
      {{- range $which := list "nkeys" "nats" "database" "tokens" }}
      - { name: PROVISION_{{ upper $which }}_SECRET, value: {{ include "agencyos.secret" (dict "root" $.root "which" $which) | quote }} }
      {{- end }}
      # Of somebody else: looked at, never written.
      - { name: PROVISION_READ_ONLY, value: {{ compact (list .root.Values.secrets.nkeys .root.Values.secrets.nats .root.Values.secrets.database .root.Values.secrets.tokens) | join "," | quote }} }
      {{- if .root.Values.nats.install }}
      - { name: PROVISION_NATS_ROUTES, value: {{ include "agencyos.natsRoutes" .root | quote }} }
      {{- end }}
      {{- if .root.Values.postgres.install }}
      # Of the PostgreSQL that comes along; its password is made with the others.
      - { name: PROVISION_OWNER_URL, value: postgres://agencyos@{{ include "agencyos.fullname" .root }}-postgres:5432/agencyos }
      {{- else }}
      - { name: PROVISION_OWNER_URL_FILE, value: /run/secrets/owner/owner.url }
      {{- end }}
      {{- with .settings.extraEnv }}
      {{- toYaml . | nindent 6 }}
      {{- end }}
    resources:
      {{- toYaml .settings.resources | nindent 6 }}
    {{- include "agencyos.containerSecurity" .root | nindent 4 }}
    volumeMounts:
      {{- if not .root.Values.postgres.install }}
      - { name: owner, mountPath: /run/secrets/owner, readOnly: true }
      {{- end }}
      - { name: tmp, mountPath: /tmp }
volumes:
  {{- if not .root.Values.postgres.install }}
  {{- include "agencyos.ownerVolume" .root | nindent 2 }}
  {{- end }}
  - { name: tmp, emptyDir: { sizeLimit: 16Mi } }
{{- end -}}
