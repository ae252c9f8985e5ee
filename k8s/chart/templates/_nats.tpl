{{- /*
Accounts and what each may say, without a secret in it: keys.conf, which the provisioning Job writes, holds the public keys.
The parts are written by the code that writes them for one machine.
*/ -}}
{{- define "agencyos.natsAccounts" -}}
{{- $agents := include "agencyos.agents" . | fromJsonArray -}}
{{- $roles := dict -}}
{{- range $agents -}}
{{- $_ := set $roles .role (append (index $roles .role | default list) (printf "agent_%s" .id)) -}}
{{- end -}}
{{- $exports := list -}}
{{- range $agents -}}
{{- $exports = append $exports ($.Files.Get "files/generated/nats-agent-exports.conf" | trimSuffix "\n" | replace "@agent@" .id) -}}
{{- end -}}
{{- range $role, $accounts := $roles -}}
{{- $exports = append $exports ($.Files.Get "files/generated/nats-role-exports.conf" | trimSuffix "\n" | replace "@role@" $role | replace "@accounts@" (toJson $accounts)) -}}
{{- end -}}
# Public keys, one for each name behind KEY_: an entry of the Secret {{ include "agencyos.secret" (dict "root" . "which" "nats") }}.
include keys.conf
accounts {
  PRODUCT {
    jetstream: enabled
    users: [
{{ .Files.Get "files/generated/nats-users.conf" | trimSuffix "\n" }}
    ]
    exports: [
{{ join ",\n" $exports }}
    ]
  }
{{- range $agents }}
{{ $.Files.Get "files/generated/nats-agent-account.conf" | trimSuffix "\n" | replace "@agent@" .id | replace "@role@" .role }}
{{- end }}
}
{{- end -}}

{{- /* As on one machine (supervisor/src/nats-config.ts), and a cluster. */ -}}
{{- define "agencyos.natsConfig" -}}
server_name: $POD_NAME
listen: "0.0.0.0:4222"
# For the probes alone: no network policy lets anybody else in.
http: "0.0.0.0:8222"
pid_file: "/tmp/nats.pid"
max_payload: 1MB
max_pending: 64MB
write_deadline: "10s"
max_connections: 10000
lame_duck_duration: "30s"
jetstream {
  store_dir: "/data/jetstream"
  max_memory_store: 256MB
  max_file_store: 4GB
}
authorization { timeout: 15 }
{{- if gt (int .Values.nats.replicas) 1 }}
cluster {
  name: {{ include "agencyos.fullname" . | quote }}
  listen: "0.0.0.0:6222"
  include cluster.conf
}
{{- end }}
include accounts.conf
{{- end -}}

{{- /* Where the servers find each other, separated by commas. */ -}}
{{- define "agencyos.natsRoutes" -}}
{{- $name := printf "%s-nats" (include "agencyos.fullname" .) -}}
{{- $hosts := list -}}
{{- range $n := until (int .Values.nats.replicas) -}}
{{- $hosts = append $hosts (printf "%s-%d.%s-routes:6222" $name $n $name) -}}
{{- end -}}
{{- join "," $hosts -}}
{{- end -}}
