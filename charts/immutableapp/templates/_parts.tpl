{{- /* What is generated from deploy/, in the namespace of the release: include "immutableapp.part" (list . "rights") */ -}}
{{- define "immutableapp.part" -}}
{{- $top := index . 0 -}}
{{- $namespace := $top.Release.Namespace -}}
{{- $text := $top.Files.Get (printf "generated/%s.yaml" (index . 1)) -}}
{{- /* Quoted where it is all of a value: a name may be a number. */ -}}
{{- $text | replace "namespace: immutableapp-system" (printf "namespace: %q" $namespace) | replace "immutableapp-system" $namespace -}}
{{- end -}}

{{- define "immutableapp.image" -}}
{{- with .Values.image -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ default $.Chart.AppVersion .tag }}{{ end }}
{{- end -}}
{{- end -}}

{{/* Keys of a Secret that sources name, each as a file below the name of the Secret. */}}
{{- define "immutableapp.sourceFiles" -}}
{{- $secret := .secret }}
{{- $files := list }}
{{- range .sources }}
{{- range $file := compact (list .urlFile .caFile .tokenFile) }}
{{- if hasPrefix (printf "%s/" $secret) $file }}
{{- $files = append $files (dict "key" (trimPrefix (printf "%s/" $secret) $file) "path" $file) }}
{{- end }}
{{- end }}
{{- end }}
{{- $files | uniq | toJson }}
{{- end }}
