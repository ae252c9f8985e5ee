{{- /* What the owner of a worker says of the Jobs in which the commands of its role run. */ -}}
{{- define "agencyos.jobsProfile" -}}
{{- $root := .root -}}
{{- $settings := .agent.settings -}}
{{- $own := mergeOverwrite (deepCopy $root.Values.agentJobs) ($settings.jobs | default dict) -}}
{{- $images := $own.images | default (dict "default" (include "agencyos.image" (dict "root" $root "image" (mergeOverwrite (dict) $root.Values.image $root.Values.agentImage)))) -}}
{{- $labels := include "agencyos.selector" (dict "root" $root "component" (printf "%s-job" .agent.id)) | fromYaml -}}
{{- $kubernetes := dict "namespace" $own.namespace "images" $images "resources" $own.resources "labels" (mergeOverwrite (dict) $root.Values.commonLabels $settings.labels $labels) -}}
{{- range $key := list "nodeSelector" "tolerations" "affinity" "priorityClassName" -}}
{{- with index $settings $key }}{{ $_ := set $kubernetes $key . }}{{ end -}}
{{- end -}}
{{- range $key := list "runAsUser" "fsGroup" -}}
{{- with index $settings $key }}{{ $_ := set $kubernetes $key (int64 .) }}{{ end -}}
{{- end -}}
{{- with $own.envFrom }}{{ $_ := set $kubernetes "envFrom" . }}{{ end -}}
{{- with $own.imagePullSecrets | default $root.Values.imagePullSecrets }}{{ $_ := set $kubernetes "imagePullSecrets" . }}{{ end -}}
{{- dict "profiles" (dict .agent.role (dict "driver" "kubernetes" "kubernetes" $kubernetes)) | toJson -}}
{{- end -}}
