{{- /* To one destination of the table: a part of this installation, or what somebody else runs. */ -}}
{{- define "agencyos.egressRule" -}}
{{- $root := .root -}}
{{- $ports := dict "nats" 4222 "postgres" 5432 "gateway" 8400 -}}
{{- $own := or (eq .destination "gateway") (and (ne .destination "kurrentdb") (index $root.Values .destination).install) -}}
{{- if $own }}
- ports: [{ port: {{ ternary 6222 (index $ports .destination) (eq .component .destination) }} }]
  to:
    - podSelector:
        matchLabels:
          {{- include "agencyos.selector" (dict "root" $root "component" .destination) | nindent 10 }}
{{- else if or (ne .destination "kurrentdb") $root.Values.kurrentdb.enabled }}
{{- $server := index $root.Values .destination }}
- ports: [{ port: {{ $server.port }} }]
  {{- with $server.peers }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- end -}}

{{- /* From those that reach it; the gateway also from outside, and figures for who was named. */ -}}
{{- define "agencyos.ingressRules" -}}
{{- $root := .root -}}
{{- $ports := dict "nats" 4222 "postgres" 5432 "gateway" 8400 -}}
{{- $component := .component -}}
{{- $from := list -}}
{{- range $name, $destinations := .reaches -}}
{{- if and (has $component $destinations) (ne $name $component) -}}{{- $from = append $from $name -}}{{- end -}}
{{- end -}}
{{- if $from }}
- ports: [{ port: {{ index $ports $component }} }]
  from:
    - podSelector:
        matchLabels:
          {{- omit (include "agencyos.selector" (dict "root" $root "component" $component) | fromYaml) "app.kubernetes.io/component" | toYaml | nindent 10 }}
        matchExpressions:
          - { key: app.kubernetes.io/component, operator: In, values: [{{ join ", " $from }}] }
{{- end }}
{{- if has $component (index .reaches $component) }}
- ports: [{ port: 6222 }]
  from:
    - podSelector:
        matchLabels:
          {{- include "agencyos.selector" (dict "root" $root "component" $component) | nindent 10 }}
{{- end }}
{{- if eq $component "gateway" }}
- ports: [{ port: 8400 }]
  {{- with $root.Values.networkPolicy.gatewayFrom }}
  from:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}
{{- if and (or .metrics (eq $component "gateway")) $root.Values.networkPolicy.metricsFrom }}
- ports: [{ port: {{ ternary 8080 8400 .metrics }} }]
  from:
    {{- toYaml $root.Values.networkPolicy.metricsFrom | nindent 4 }}
{{- end }}
{{- end -}}
