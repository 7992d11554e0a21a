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
