{{- define "agencyos.fullname" -}}
{{- $name := .Values.nameOverride | default .Chart.Name -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- /* What selects the pods of one part; never anything else, for it can never be changed. */ -}}
{{- define "agencyos.selector" -}}
app.kubernetes.io/name: {{ .root.Values.nameOverride | default .root.Chart.Name | trunc 40 | trimSuffix "-" }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "agencyos.metadata" -}}
name: {{ .name }}
namespace: {{ .namespace | default .root.Release.Namespace }}
labels:
  {{- include "agencyos.selector" . | nindent 2 }}
  app.kubernetes.io/part-of: agencyos
  app.kubernetes.io/version: {{ .root.Values.image.tag | default .root.Chart.AppVersion | trunc 63 | quote }}
  app.kubernetes.io/managed-by: {{ .root.Release.Service }}
  {{- with mergeOverwrite (dict) .root.Values.commonLabels (.labels | default dict) }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with mergeOverwrite (dict) .root.Values.commonAnnotations (.annotations | default dict) }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- /* registry/repository:tag, or by digest. */ -}}
{{- define "agencyos.image" -}}
{{- $own := .image -}}
{{- $registry := $own.registry | default .root.Values.image.registry -}}
{{- if $registry }}{{ trimSuffix "/" $registry }}/{{ end -}}
{{- $own.repository -}}
{{- if $own.digest }}@{{ $own.digest }}{{ else }}:{{ $own.tag | default .root.Chart.AppVersion }}{{ end -}}
{{- end -}}

{{- /* The names of the four Secrets. */ -}}
{{- define "agencyos.secret" -}}
{{- index .root.Values.secrets .which | default (printf "%s-%s" (include "agencyos.fullname" .root) .which) -}}
{{- end -}}

{{- define "agencyos.natsUrl" -}}
{{- if .Values.nats.install -}}
nats://{{ include "agencyos.fullname" . }}-nats:4222
{{- else -}}
{{ required "nats.url is needed where nats.install is false: nats://host:4222" .Values.nats.url }}
{{- end -}}
{{- end -}}

{{- /* The table of the installation, as `npm run generate` wrote it. */ -}}
{{- define "agencyos.table" -}}
{{- .Files.Get "files/generated/installation.json" -}}
{{- end -}}

{{- /* A JSON list of agents: one for each role of each kind in the table, then those of one's own. */ -}}
{{- define "agencyos.agents" -}}
{{- $table := include "agencyos.table" . | fromJson -}}
{{- $agents := list -}}
{{- $folders := dict -}}
{{- $ids := dict -}}
{{- range $kind := $table.agentKinds -}}
{{- $_ := set $folders $kind.kind $kind.folder -}}
{{- range $role := $kind.roles -}}
{{- $id := printf "%s-%s" $kind.kind $role -}}
{{- $_ := set $ids $id true -}}
{{- $own := index $.Values.agents $id | default dict -}}
{{- if ne (toString $own.enabled) "false" -}}
{{- $settings := mergeOverwrite (deepCopy $.Values.pods) (deepCopy $.Values.agentDefaults) (deepCopy $own) -}}
{{- $agents = append $agents (dict "id" $id "role" $role "folder" $kind.folder "settings" $settings) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- range $id, $own := .Values.agents -}}
{{- if and (not (hasKey $ids $id)) (ne (toString $own.enabled) "false") -}}
{{- if not $own.role -}}{{- fail (printf "agents.%s is in no table: say its kind and its role" $id) -}}{{- end -}}
{{- $folder := index $folders ($own.kind | default "") -}}
{{- if not $folder -}}{{- fail (printf "agents.%s.kind must be one of %s" $id (keys $folders | sortAlpha | join ", ")) -}}{{- end -}}
{{- $settings := mergeOverwrite (deepCopy $.Values.pods) (deepCopy $.Values.agentDefaults) (deepCopy $own) -}}
{{- $agents = append $agents (dict "id" $id "role" $own.role "folder" $folder "settings" $settings) -}}
{{- end -}}
{{- end -}}
{{- toJson $agents -}}
{{- end -}}
