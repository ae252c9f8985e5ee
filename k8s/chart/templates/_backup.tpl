{{- /* Name of the claim that backups lie on, where they lie on one. */ -}}
{{- define "agencyos.backupClaim" -}}
{{- .Values.backup.existingClaim | default (printf "%s-backup" (include "agencyos.fullname" .)) -}}
{{- end -}}

{{- /* Where backups lie, what seals or opens them, and the log's address where that is KurrentDB. */ -}}
{{- define "agencyos.backupVolumes" -}}
- name: backups
  {{- if .root.Values.backup.csi }}
  csi:
    {{- toYaml .root.Values.backup.csi | nindent 4 }}
  {{- else }}
  persistentVolumeClaim: { claimName: {{ include "agencyos.backupClaim" .root }} }
  {{- end }}
- name: seal
  secret: { secretName: {{ .secret | quote }}, defaultMode: 0440 }
{{- if .root.Values.kurrentdb.enabled }}
- name: kurrentdb
  secret:
    secretName: {{ .root.Values.kurrentdb.existingSecret | quote }}
    defaultMode: 0440
    items: [{ key: {{ .root.Values.kurrentdb.key }}, path: kurrentdb.url }]
{{- end }}
{{- end -}}

{{- define "agencyos.backupEnv" -}}
- { name: DATABASE_URL_FILE, value: /run/secrets/owner/owner.url }
{{- if .root.Values.kurrentdb.enabled }}
- { name: KURRENTDB_URL_FILE, value: /run/secrets/kurrentdb/kurrentdb.url }
{{- end }}
{{- with .settings.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "agencyos.backupMounts" -}}
- { name: backups, mountPath: /backups }
- { name: seal, mountPath: /run/secrets/seal, readOnly: true }
- { name: owner, mountPath: /run/secrets/owner, readOnly: true }
{{- if .root.Values.kurrentdb.enabled }}
- { name: kurrentdb, mountPath: /run/secrets/kurrentdb, readOnly: true }
{{- end }}
- { name: tmp, mountPath: /tmp }
{{- end -}}

{{- /* Before a role or a table is made. Done again, as after an eviction, it leaves what is there. */ -}}
{{- define "agencyos.restoreContainer" -}}
{{- $restore := .root.Values.backup.restore -}}
- name: restore
  {{- include "agencyos.ownImage" . | nindent 2 }}
  args:
    - services/relay/dist/backup/main.js
    - restore
    - /backups/{{ $restore.file }}
    - --unless-taken
    {{- if $restore.passphraseKey }}
    - --passphrase-file
    - /run/secrets/seal/{{ $restore.passphraseKey }}
    {{- else }}
    - --identity
    - /run/secrets/seal/{{ $restore.identityKey }}
    {{- end }}
    # Kept files of a data folder, which an installation without a supervisor has none of.
    - --data-dir
    - /data/restored
  env:
    {{- include "agencyos.backupEnv" . | nindent 4 }}
  resources:
    {{- toYaml .root.Values.backup.resources | nindent 4 }}
  {{- include "agencyos.containerSecurity" .root | nindent 2 }}
  volumeMounts:
    {{- include "agencyos.backupMounts" . | nindent 4 }}
    - { name: data, mountPath: /data }
{{- end -}}
